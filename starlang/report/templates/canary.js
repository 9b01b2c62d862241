// The list of modules: filtered by what they are, sorted, and opened one by one. All texts come
// from the data in the page and go in as text.
const data = JSON.parse(document.getElementById("data").textContent);
const PAGE = 100; // modules that are shown at once
const MOST = 200; // a facet with more values is not a filter
const [PATH, GROUP, SPARE, FLAGS, CURRENT, FACETS] = [0, 1, 2, 3, 4, 5];
const [OUTCOME, STAR, SCORE] = [0, 1, 2];
const CANARY = 1, FIRST = 2, NEW = 4;
const form = document.getElementById("filters");
const words = document.getElementById("words");
const order = document.getElementById("order");
const all = document.getElementById("all");
const list = document.getElementById("modules");
const more = document.getElementById("more");
const groupOf = (row) => data.groups[row[GROUP]];

// A module has what is chosen, if one of its values is.
const choices = [
  { name: "outcome", of: (row) => [groupOf(row)[OUTCOME]] },
  { name: "star", of: (row) => [groupOf(row)[STAR]] },
  {
    name: "marked",
    of: ({ [FLAGS]: flags }) => [
      ...(flags & CANARY ? ["in the canary"] : []),
      ...(flags & FIRST ? ["look first"] : []),
      ...(flags & NEW ? ["new since the report before"] : []),
    ],
  },
  ...data.facets.map(([name, values], number) => ({
    name,
    of: (row) => {
      const found = values[row[FACETS + number]];
      return found.length ? found : ["none"];
    },
  })),
];
// How to sort: what comes first is what has the smallest key; without a key all stays as it is.
const orders = [
  ["weakest first", null],
  ["path", (row) => row[PATH]],
  ["highest score", (row) => -Number(groupOf(row)[SCORE])],
  ["lowest score", (row) => Number(groupOf(row)[SCORE])],
  ["star", (row) => groupOf(row)[STAR]],
  ...data.facets
    .slice(0, 3)
    .map(([name, values], number) => [name, (row) => values[row[FACETS + number]].join()]),
];

const made = (tag, text, kind) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (kind) element.className = kind;
  return element;
};
const option = (value, text) => {
  const element = made("option", text);
  element.value = value;
  return element;
};
// A path may break behind what joins its words, as everywhere in the page.
const broken = (element, text) => {
  for (const part of text.split(/(?<=[/_.:@>-])(?=\p{L})|(?<=[/_:@])(?=[\p{L}\d])/u)) {
    element.append(part, document.createElement("wbr"));
  }
  element.lastChild?.remove();
  return element;
};

const selects = new Map();
for (const choice of choices) {
  const counts = new Map();
  for (const row of data.modules) {
    for (const value of choice.of(row)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  if (counts.size < (choice.name === "marked" ? 1 : 2) || counts.size > MOST) continue;
  const select = made("select");
  select.append(option("", "all"));
  for (const [value, count] of [...counts].sort((one, other) => other[1] - one[1])) {
    select.append(option(value, `${value} (${count})`));
  }
  const label = made("label", `${choice.name[0].toUpperCase()}${choice.name.slice(1)}`);
  label.htmlFor = select.id = `filter-${selects.size}`;
  const part = made("div");
  part.append(label, select);
  form.append(part);
  selects.set(choice, select);
}
order.append(...orders.map(([name], number) => option(number, name)));

let only = null; // the group that is listed alone
let shown = [];
let count = 0;
const choose = () => {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const set = [...selects].filter(([, select]) => select.value);
  shown = data.modules.map((_, number) => number).filter((number) => {
    const row = data.modules[number];
    const path = row[PATH].toLowerCase();
    return (
      (only === null || row[GROUP] === only) &&
      wanted.every((word) => path.includes(word)) &&
      set.every(([choice, select]) => choice.of(row).includes(select.value))
    );
  });
  const [, key] = orders[Number(order.value)];
  if (key) {
    const keys = new Map(shown.map((number) => [number, key(data.modules[number])]));
    shown.sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      return a < b ? -1 : a > b ? 1 : one - other;
    });
  }
  const left = data.total - data.modules.length;
  document.getElementById("found").textContent =
    `${shown.length} of ${data.modules.length} modules` +
    (left ? `; ${left} more, the least doubtful ones, are in the JSON beside this page only` : "");
  all.hidden = only === null;
  list.replaceChildren();
  count = 0;
  extend();
};
const extend = () => {
  list.append(...shown.slice(count, count + PAGE).map(item));
  count = Math.min(count + PAGE, shown.length);
  more.hidden = count === shown.length;
  more.textContent = `Show ${Math.min(PAGE, shown.length - count)} more`;
};
const item = (number) => {
  const row = data.modules[number];
  const [outcome, star, score] = groupOf(row);
  const element = made("details", "", "item");
  const summary = made("summary");
  summary.append(broken(made("bdi", "", "path"), row[PATH]), " ");
  const gets = made("span", "", "gets");
  const changes = outcome === "promoted" || outcome === "assigned";
  gets.append(made("bdi", data.currents[row[CURRENT]]), changes ? " → " : ` ${outcome}, not `, made("bdi", star));
  summary.append(gets, " ", made("span", `${score}${row[SPARE] ? `, ${row[SPARE]} to spare` : ""}`, "quiet"));
  if (row[FLAGS] & CANARY) summary.append(" ", made("span", "canary", "tag"));
  if (row[FLAGS] & NEW) summary.append(" ", made("span", "new", "tag"));
  if (row[FLAGS] & FIRST) summary.append(" ", made("span", "look first", "tag warn"));
  element.append(summary);
  element.addEventListener("toggle", () => open(element, number), { once: true });
  return element;
};
// What a module has to tell is made when it is opened for the first time.
const open = (element, number) => {
  const row = data.modules[number];
  const facts = made("p", "", "quiet");
  facts.append(
    data.facets
      .map(([name, values], place) => [name, values[row[FACETS + place]]])
      .filter(([, found]) => found.length)
      .map(([name, found]) => `${name}: ${found.join(", ")}`)
      .join("; "),
  );
  const details = data.details[number];
  if (!details) {
    const command = made("code", "starlang explain");
    const where = made("p", "Its explanation and its diff are in the JSON beside this page; ");
    where.append(command, " shows them, too.");
    element.append(facts, where);
    return;
  }
  const [why, evidence, marks, diff] = details;
  element.append(made("p", why));
  for (const mark of marks) element.append(made("span", mark, "tag warn"));
  const rules = made("ul", "", "evidence");
  for (const [rule, matched] of evidence) {
    const [weight, star, name, because] = data.rules[rule];
    const line = made("li", `${weight} ${star} `);
    line.append(broken(made("code"), name), " ", broken(made("bdi"), matched));
    if (because) line.append(" ", made("span", `because ${because}`, "quiet"));
    rules.append(line);
  }
  element.append(rules, facts);
  if (diff.length) element.append(patch(diff));
};
const patch = (lines) => {
  const element = made("pre");
  for (const line of lines) {
    const quiet = /^(\+\+\+|---|@@)/.test(line);
    const tag = quiet ? "span" : { "+": "ins", "-": "del" }[line[0]] ?? "span";
    element.append(made(tag, line, quiet ? "quiet" : ""), "\n");
  }
  return element;
};

form.addEventListener("input", choose);
form.addEventListener("submit", (event) => event.preventDefault());
more.addEventListener("click", extend);
document.getElementById("news")?.addEventListener("click", () => {
  form.reset();
  only = null;
  for (const [choice, select] of selects) {
    if (choice.name === "marked") select.value = "new since the report before";
  }
  choose();
  document.getElementById("list").scrollIntoView();
});
all.addEventListener("click", () => {
  only = null;
  choose();
});
for (const button of document.querySelectorAll("button[data-group]")) {
  button.addEventListener("click", () => {
    form.reset();
    only = Number(button.dataset.group);
    choose();
    document.getElementById("list").scrollIntoView();
  });
}
choose();
