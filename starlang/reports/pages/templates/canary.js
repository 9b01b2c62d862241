// Buttons put a word into the search field of the modules, or take it out again.
for (const button of document.querySelectorAll("button[data-word]")) {
  const field = document.querySelector(`input[data-search="${button.dataset.target}"]`);
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/);
    button.setAttribute("aria-pressed", words.includes(button.dataset.word.toLowerCase()));
  };
  button.addEventListener("click", () => {
    const word = button.dataset.word;
    const words = field.value.split(/\s+/).filter(Boolean);
    const rest = words.filter((each) => each.toLowerCase() !== word.toLowerCase());
    field.value = (rest.length < words.length ? rest : [...words, word]).join(" ");
    field.dispatchEvent(new Event("input"));
  });
  field.addEventListener("input", show);
  show();
}
