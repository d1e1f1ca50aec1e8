// Which part of the queue is shown: by check, class, split, group, kind, relation, probability, decision.
import { button, h, select } from "./dom.js";
import { className, data, findingsOf, given, labelOf, setOf, suggested, word, words } from "./data.js";
import { decisionOf } from "./decisions.js";

const NONE = { check: "", class: "", superclass: "", split: "", group: "", kind: "", relation: "", least: "", state: "" };
export const filters = { ...NONE };
const MOST_OPTIONS = 2000;

export function readFilters(query) {
  for (const name of Object.keys(NONE)) filters[name] = query.get(name) || "";
}

const TESTS = {
  check: (item, value) => findingsOf(item).some((finding) => data.checks[finding.check].check === value),
  class: (item, value) => [...setOf(given(item)), ...setOf(suggested(item))].some((number) => labelOf(number) === value),
  superclass: (item, value) => given(item) >= 0 && data.trees[0].superclasses[data.trees[0].superclass_of[given(item)]] === value,
  split: (item, value) => word("split", item) === value,
  group: (item, value) => word("group", item) === value,
  kind: (item, value) => word("kind", item) === value,
  relation: (item, value) => word("relation", item) === value,
  least: (item, value) => (data.items.p[item] ?? 0) >= Number(value),
  state: (item, value) => (value === "open") === !decisionOf(item),
};

export function filteredQueue() {
  const active = Object.entries(filters).filter(([, value]) => value);
  return data.queue.filter((item) => active.every(([name, value]) => TESTS[name](item, value)));
}

export function drawFilters(space, changed) {
  const set = (name) => (value) => { filters[name] = value; changed(); };
  const named = (name, all, values, texts = values) => values.length < 2 && !filters[name] ? null
    : select(all, [["", all], ...values.slice(0, MOST_OPTIONS).map((value, at) => [value, texts[at]])], filters[name], set(name));
  const byName = data.names.map((_, number) => number).sort((a, b) => data.names[a].localeCompare(data.names[b], undefined, { numeric: true }));
  const checks = data.checks.filter((check) => check.findings && data.findings.some((f) => f.items.length && data.checks[f.check] === check));
  space.replaceChildren(...[
    select("All checks", [["", "All checks"], ...checks.map((check) => [check.check, check.title])], filters.check, set("check")),
    named("class", "All classes", byName.map(labelOf), byName.map(className)),
    named("superclass", "All superclasses", data.trees.length ? data.trees[0].superclasses : []),
    named("split", "All splits", filled("split")),
    named("group", "All groups", filled("group")),
    named("kind", "All kinds", filled("kind")),
    named("relation", "All relations", filled("relation")),
    select("Any probability", [["", "Any probability"], ...["0.5", "0.8", "0.95"].map((p) => [p, `≥ ${Number(p) * 100} % wrong`])], filters.least, set("least")),
    select("Any state", [["", "Decided or not"], ["open", "Not decided"], ["done", "Decided"]], filters.state, set("state")),
    Object.values(filters).some(Boolean) ? button("Clear", () => { Object.assign(filters, NONE); changed(); drawFilters(space, changed); }) : null,
  ].filter(Boolean));
}

const filled = (column) => words(column).filter(Boolean);
