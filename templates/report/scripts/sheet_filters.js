// The sheet's filters: text, class, split, check, state and order; each writes one part of the address.
import { button, h, select } from "./dom.js";
import { className, data, labelOf, words } from "./data.js";
import { desk } from "./server.js";
import { filtering, SIMILAR, value } from "./sheet_state.js";

const ORDERS = [["-score", "Oddest first"], ["-p", "Most likely wrong first"], ["p", "Most likely right first"], ["path", "By path"], ["-path", "By path, backwards"]];
const PAUSE = 200;

export function drawSheetFilters(space, changed) {
  const keep = space.querySelector("input:focus");
  if (keep) return drawRest(space, changed);
  const set = (name) => (text) => changed({ [name]: text });
  let waiting = 0;
  const search = h("input", { type: "search", "aria-label": "Search in paths and labels", placeholder: "Search paths, labels", value: value("text"),
    oninput: (event) => { clearTimeout(waiting); waiting = setTimeout(() => set("text")(event.target.value), PAUSE); } });
  space.replaceChildren(search, h("span", { class: "rest" }));
  return drawRest(space, changed);
}

function drawRest(space, changed) {
  const set = (name) => (text) => changed({ [name]: text });
  const named = (name, all, values, texts = values) => (values.length < 2 && !value(name) ? null
    : select(all, [["", all], ...values.map((one, at) => [one, texts[at]])], value(name), set(name)));
  const byName = data.names.map((_, number) => number).sort((a, b) => data.names[a].localeCompare(data.names[b], undefined, { numeric: true }));
  const checks = data.checks.filter((check) => check.findings);
  const orders = [...ORDERS, ...desk.numbers.filter((name) => !["score", "p"].includes(name)).flatMap((name) => [[name, `Lowest ${spelled(name)}`], [`-${name}`, `Highest ${spelled(name)}`]])];
  space.querySelector(".rest").replaceChildren(...[
    named("class", "All classes", byName.map(labelOf), byName.map(className)),
    named("superclass", "All superclasses", data.trees.length ? data.trees[0].superclasses : []),
    named("split", "All splits", words("split").filter(Boolean)),
    named("group", "All groups", words("group").filter(Boolean).slice(0, 2000)),
    named("check", "All checks", checks.map((check) => check.check), checks.map((check) => check.title)),
    named("kind", "All kinds", words("kind").filter(Boolean)),
    named("relation", "All relations", words("relation").filter(Boolean)),
    select("Decided or not", [["", "Decided or not"], ["open", "Not decided"], ["done", "Decided"], ["disputed", "Disputed"], ["up", "Doubted since judged again"], ["down", "No longer doubted"]], value("state"), set("state")),
    select("Order", orders, value("sort") || "-score", set("sort")),
    value(SIMILAR) ? h("span", { class: "status" }, "nearest images, those asked for first") : null,
    filtering() ? button("Clear", () => { location.hash = "#sheet"; }) : null,
  ].filter(Boolean));
}

const spelled = (name) => ({ bytes: "file size", side: "longer side", confidence: "model confidence", agreement: "neighbour agreement" }[name] || name.replaceAll("_", " "));
