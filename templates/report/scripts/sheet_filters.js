// The sheet's filters: text, class, split, check, state and order; each writes one part of the address.
import { button, h, redrawInside, select } from "./dom.js";
import { className, data, labelOf, words } from "./data.js";
import { droppedPicture, fileButton } from "./dropped.js";
import { desk } from "./server.js";
import { filtering, nearest, showNearest, value } from "./sheet_state.js";

const ORDERS = [["-score", "Oddest first"], ["-p", "Most likely wrong first"], ["p", "Most likely right first"], ["path", "By path"], ["-path", "By path, backwards"]];
const PAUSE = 200;

export function drawSheetFilters(space, changed) {
  if (!space.firstChild) space.append(searchField(changed), desk.words ? wordsField() : "", h("span", { class: "rest" }));
  for (const field of space.querySelectorAll("input[name]:not(:focus)")) field.value = value(field.name);
  drawRest(space, changed);
}

function searchField(changed) {
  let waiting = 0;
  return h("input", { type: "search", name: "text", "aria-label": "Search in paths and labels", placeholder: "Search paths, labels",
    oninput: ({ target }) => { clearTimeout(waiting); waiting = setTimeout(() => changed({ text: target.value }), PAUSE); } });
}

// Words are looked for when they are complete: the network reads them.
function wordsField() {
  return h("input", { type: "search", name: "words", "aria-label": "Search by what is seen", placeholder: "Describe what is seen, Enter",
    onchange: ({ target }) => { if (target.value.trim()) showNearest("words", target.value.trim()); } });
}

// Filters and order are of all images; what is nearest has an order of its own.
function drawNearest() {
  const picture = droppedPicture(value("picture"));
  const what = value("words") ? `nearest to “${value("words")}”` : value("picture") ? `nearest to ${picture ? picture.name : "the picture that was dropped"}` : "nearest images, those asked for first";
  return [picture ? h("img", { class: "dropped", alt: "", src: picture.address }) : null, h("span", { class: "status" }, what)];
}

function drawRest(space, changed) {
  const set = (name) => (text) => changed({ [name]: text });
  const named = (name, all, values, texts = values) => (values.length < 2 && !value(name) ? null
    : select(all, [["", all], ...values.map((one, at) => [one, texts[at]])], value(name), set(name)));
  const byName = data.names.map((_, number) => number).sort((a, b) => data.names[a].localeCompare(data.names[b], undefined, { numeric: true }));
  const checks = data.checks.filter((check) => check.findings);
  const orders = [...ORDERS, ...desk.numbers.filter((name) => !["score", "p"].includes(name)).flatMap((name) => [[name, `Lowest ${spelled(name)}`], [`-${name}`, `Highest ${spelled(name)}`]])];
  redrawInside(space.querySelector(".rest"), ...(nearest() ? drawNearest() : [
    named("class", "All classes", byName.map(labelOf), byName.map(className)),
    named("superclass", "All superclasses", data.trees.length ? data.trees[0].superclasses : []),
    named("split", "All splits", words("split").filter(Boolean)),
    named("group", "All groups", words("group").filter(Boolean).slice(0, 2000)),
    named("check", "All checks", checks.map((check) => check.check), checks.map((check) => check.title)),
    named("kind", "All kinds", words("kind").filter(Boolean)),
    named("relation", "All relations", words("relation").filter(Boolean)),
    select("Decided or not", [["", "Decided or not"], ["open", "Not decided"], ["done", "Decided"], ["disputed", "Disputed"], ["up", "Doubted since judged again"], ["down", "No longer doubted"]], value("state"), set("state")),
    select("Order", orders, value("sort") || "-score", set("sort")),
  ]).concat(desk.similar ? fileButton() : [], filtering() ? button("Clear", () => { location.hash = "#sheet"; }) : []).filter(Boolean));
}

const spelled = (name) => ({ bytes: "file size", side: "longer side", confidence: "model confidence", agreement: "neighbour agreement" }[name] || name.replaceAll("_", " "));
