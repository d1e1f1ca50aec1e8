// Duplicates: sets as rows, conflicts and leaks first; one set opens for a close comparison.
import { button, count, h, redrawInside, select } from "./dom.js";
import { className, data, findingsOf, given, pathOf, word } from "./data.js";
import { canUndo, decide, decideAll, decisionOf, onDecision, undo } from "./decisions.js";
import { compare } from "./compare.js";
import { picture } from "./picture.js";
import { note } from "./router.js";

const SETS_SHOWN = 40;
const MOST_DIFFERENCES = 4;
const duplicatesParts = {};
let show_ = "";
let limit = SETS_SHOWN;
let here = 0;
let shownSets = [];

export const duplicates = { draw: duplicatesDraw, show: duplicatesShow, keys: duplicatesKeys };

const KINDS = { "": () => true, conflicts: (set) => set.conflict, leaks: (set) => set.leak, exact: (set) => set.exact, near: (set) => !set.exact };

function duplicatesDraw(section) {
  duplicatesParts.toolbar = h("div", { class: "toolbar" });
  duplicatesParts.list = h("div", { class: "sets" });
  section.append(h("h1", { class: "hidden", id: "title-duplicates" }, "Duplicates"), duplicatesParts.toolbar, h("div", { class: "page wide" }, duplicatesParts.list));
  onDecision(() => drawSets());
}

const SET_KEYS = { d: dropOthers, s: notTheSame, a: keepAll };

// One set is the current one: arrows go to another, a key decides it and goes on.
function duplicatesKeys(event) {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, p: -1 }[event.key];
  if (event.key === "u" && canUndo()) undo();
  else if (step) go(here + step);
  else if (SET_KEYS[event.key] && shownSets[here]) { SET_KEYS[event.key](shownSets[here]); go(here + 1); }
  else return false;
  return true;
}

function go(place, scroll = true) {
  here = Math.min(Math.max(place, 0), Math.min(shownSets.length, limit) - 1);
  const cards = [...duplicatesParts.list.querySelectorAll(".set")];
  cards.forEach((card, at) => { if (at === here) card.setAttribute("aria-current", "true"); else card.removeAttribute("aria-current"); });
  if (scroll) cards[here]?.scrollIntoView({ block: "nearest" });
}

function duplicatesShow(query) {
  show_ = query.get("show") in KINDS ? query.get("show") : "";
  limit = SETS_SHOWN;
  here = 0;
  duplicatesDrawToolbar();
  drawSets();
}

function duplicatesDrawToolbar() {
  const options = [["", "All sets"], ["conflicts", "Conflicting labels"], ["leaks", "Across splits"], ["exact", "Exact"], ["near", "Near"]];
  duplicatesParts.toolbar.replaceChildren(
    select("Which sets", options.map(([key, text]) => [key, `${text} (${count(data.sets.filter(KINDS[key]).length)})`]), show_, (value) => {
      show_ = value;
      limit = SETS_SHOWN;
      note("duplicates", { show: value });
      drawSets();
    }),
    h("span", { class: "muted" }, h("kbd", {}, "↓"), " next set ", h("kbd", {}, "d"), " drop all but the suggested ", h("kbd", {}, "s"), " not the same picture ", h("kbd", {}, "a"), " keep all ", h("kbd", {}, "u"), " undo. A dropped image becomes “exclude”."));
}

function drawSets() {
  const sets = shownSets = data.sets.filter(KINDS[show_]);
  redrawInside(duplicatesParts.list, ...sets.slice(0, limit).map(setCard));
  if (!sets.length) duplicatesParts.list.append(h("div", { class: "empty" }, h("p", {}, data.sets.length ? "No set of this kind." : emptyReason())));
  if (sets.length > limit) duplicatesParts.list.append(button(`Show ${count(Math.min(SETS_SHOWN, sets.length - limit))} more of ${count(sets.length - limit)}`, () => { limit += SETS_SHOWN; drawSets(); }));
  go(here, false);
}

function emptyReason() {
  const silent = data.checks.find((check) => check.check.includes("duplicate") && check.status !== "ran");
  return silent ? `“${silent.title}” was ${silent.status}: duplicates are not known.` : "No duplicates found.";
}

function setCard(set) {
  const differences = [...new Set(set.pairs.map((pair) => pair.difference).filter(Boolean))];
  return h("article", { class: "set" },
    h("header", {},
      h("b", {}, `${count(set.size)} images`),
      set.conflict ? h("span", { class: "status error" }, "labels conflict") : null,
      set.leak ? h("span", { class: "status error" }, "across splits") : null,
      h("span", { class: "status" }, set.exact ? "exact" : "near"), h("span", { class: "grow" }),
      button("Compare", () => compare(set)),
      button("Not the same picture", () => notTheSame(set), { disabled: keyOf(set) === "" }),
      button("Drop all but the suggested", () => dropOthers(set), { disabled: set.keep < 0 })),
    h("p", { class: "muted" }, differences.slice(0, MOST_DIFFERENCES).join(" · "), differences.length > MOST_DIFFERENCES ? ` · and ${count(differences.length - MOST_DIFFERENCES)} more` : ""),
    h("ul", { class: "members" }, set.items.map((item) => member(set, item))));
}

function member(set, item) {
  const made = decisionOf(item);
  return h("li", { class: made ? made.decision : "" }, h("div", { class: "member-picture" }, picture(item), item === set.keep ? h("span", { class: "status good" }, "suggested to keep") : null),
    h("b", {}, className(given(item))), word("split", item) ? h("span", { class: "status" }, word("split", item)) : null,
    h("span", { class: "path muted", title: pathOf(item) }, pathOf(item)),
    h("span", { class: "choices" },
      button("Keep", () => decide(item, { decision: "keep", key: keyOf(set) }), { "aria-pressed": made?.decision === "keep" ? "true" : "false", "aria-label": `Keep ${pathOf(item)}` }),
      button("Drop", () => decide(item, dropped(set)), { "aria-pressed": made?.decision === "exclude" ? "true" : "false", "aria-label": `Drop ${pathOf(item)}` })));
}

function dropOthers(set) {
  if (set.keep < 0) return;
  const kept = { decision: "keep", key: keyOf(set) };
  decideSet(set.items.map((item) => [item, item === set.keep ? kept : dropped(set)]));
}

// Accepts the finding about the set: `apply` makes a suppression of it, and no later audit names the set again.
function notTheSame(set) {
  acceptAll(set, "not the same picture");
}

function keepAll(set) {
  acceptAll(set, "all are to stay");
}

// Several findings may be about one set (alike, across splits, of two labels): its images carry one key each.
function acceptAll(set, note) {
  const keys = findingsAbout(set).map((finding) => finding.key);
  if (keys.length) decideSet(set.items.map((item, at) => [item, { decision: "keep", note, key: keys[at % keys.length] }]));
}

function decideSet(pairs) {
  const changed = pairs.filter(([item, entry]) => decisionOf(item)?.decision !== entry.decision || decisionOf(item)?.note !== (entry.note ?? ""));
  if (changed.length) decideAll(changed, "duplicates");
}

const dropped = (set) => ({ decision: "exclude", note: set.keep < 0 ? "" : `duplicate of ${pathOf(set.keep)}`, key: keyOf(set) });

// The finding about the set: keeping one of its images accepts that, not what else is said of the image.
function keyOf(set) {
  return findingsAbout(set)[0]?.key ?? "";
}

function findingsAbout(set) {
  const members = new Set(set.items);
  return findingsOf(set.items[0]).filter((finding) => finding.items.length > 1 && finding.items.every((item) => members.has(item)));
}
