// Duplicates: sets as rows, conflicts and leaks first; one set opens for a close comparison.
import { button, count, h, select } from "./dom.js";
import { className, data, findingsOf, given, pathOf, word } from "./data.js";
import { canUndo, decide, decisionOf, onDecision, undo } from "./decisions.js";
import { compare } from "./compare.js";
import { picture } from "./picture.js";
import { note } from "./router.js";

const SETS_SHOWN = 40;
const MOST_DIFFERENCES = 4;
const duplicatesParts = {};
let show_ = "";
let limit = SETS_SHOWN;

export const duplicates = { draw: duplicatesDraw, show: duplicatesShow, keys: duplicatesKeys };

const KINDS = { "": () => true, conflicts: (set) => set.conflict, leaks: (set) => set.leak, exact: (set) => set.exact, near: (set) => !set.exact };

function duplicatesDraw(section) {
  duplicatesParts.toolbar = h("div", { class: "toolbar" });
  duplicatesParts.list = h("div", { class: "sets" });
  section.append(h("h1", { class: "hidden", id: "title-duplicates" }, "Duplicates"), duplicatesParts.toolbar, h("div", { class: "page wide" }, duplicatesParts.list));
  onDecision(() => drawSets());
}

function duplicatesKeys(event) {
  if (event.key !== "u" || !canUndo()) return false;
  undo();
  return true;
}

function duplicatesShow(query) {
  show_ = query.get("show") in KINDS ? query.get("show") : "";
  limit = SETS_SHOWN;
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
    h("span", { class: "muted" }, "Keep one, drop the rest: a dropped image is downloaded as “exclude”. u takes the last decision back."));
}

function drawSets() {
  const sets = data.sets.filter(KINDS[show_]);
  duplicatesParts.list.replaceChildren(...sets.slice(0, limit).map(setCard));
  if (!sets.length) duplicatesParts.list.append(h("div", { class: "empty" }, h("p", {}, data.sets.length ? "No set of this kind." : emptyReason())));
  if (sets.length > limit) duplicatesParts.list.append(button(`Show ${count(Math.min(SETS_SHOWN, sets.length - limit))} more of ${count(sets.length - limit)}`, () => { limit += SETS_SHOWN; drawSets(); }));
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
  for (const item of set.items) {
    const wanted = item === set.keep ? "keep" : "exclude";
    if (decisionOf(item)?.decision !== wanted) decide(item, wanted === "keep" ? { decision: wanted, key: keyOf(set) } : dropped(set));
  }
}

const dropped = (set) => ({ decision: "exclude", note: set.keep < 0 ? "" : `duplicate of ${pathOf(set.keep)}`, key: keyOf(set) });

// The finding about the set: keeping one of its images accepts that, not what else is said of the image.
function keyOf(set) {
  const members = new Set(set.items);
  const about = findingsOf(set.items[0]).find((finding) => finding.items.length > 1 && finding.items.every((item) => members.has(item)));
  return about ? about.key : "";
}
