"use strict";
// Search fields: an element of class `item` inside the target stays where each word of the
// field occurs in its `data-words`, or in its text where it has none.
for (const field of document.querySelectorAll("input[data-search]")) {
  const name = field.dataset.search;
  const items = [...document.getElementById(name).querySelectorAll(".item")];
  const words = items.map((item) => (item.dataset.words ?? item.textContent).toLowerCase());
  const found = document.querySelector(`output[data-found="${name}"]`);
  const apply = () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    items.forEach((item, number) => {
      item.hidden = !wanted.every((word) => words[number].includes(word));
      count += item.hidden ? 0 : 1;
    });
    found.textContent = wanted.length ? `${count} of ${items.length}` : "";
  };
  field.addEventListener("input", apply);
  apply(); // a browser may have kept what was typed before
}
// Printed, everything is open.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
});
