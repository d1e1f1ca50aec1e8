// Review: one item large, what speaks for and against its label, and a key for every decision.
import { $, button, count, h, percent, say } from "./dom.js";
import { className, data, decidable, findingFor, given, itemAt, keyFor, labelOf, nameOfLabel, pathOf, suggested } from "./data.js";
import { canUndo, decide, decisionOf, onDecision, undo } from "./decisions.js";
import { chooseLabel } from "./label_picker.js";
import { chooseSet } from "./set_picker.js";
import { drawEvidence } from "./review_evidence.js";
import { drawFilters, filteredQueue, filters, readFilters } from "./review_filters.js";
import { lensed, lensKey } from "./lens.js";
import { picture } from "./picture.js";
import { note } from "./router.js";
import { VirtualGrid } from "./virtual.js";

const reviewParts = {};
let queue = [];
let at = 0;

const DECISIONS = [
  ["k", "Keep", "keep"], ["r", "Relabel", "relabel"], ["l", "Other label", "other"], ["x", "Exclude", "exclude"], ["a", "Ambiguous", "ambiguous"],
];

export const review = { draw: reviewDraw, show: reviewShow, keys };

function reviewDraw(section) {
  reviewParts.filters = h("div", { class: "toolbar" });
  reviewParts.progress = h("p", { class: "progress muted", "aria-live": "off" });
  reviewParts.list = new VirtualGrid({ label: "Queue, worst first", cellWidth: 118, cellHeight: 158, make: queueCell });
  reviewParts.stage = h("div", { class: "stage" });
  reviewParts.evidence = h("aside", { class: "evidence", "aria-label": "Evidence" });
  section.append(h("h1", { class: "hidden", id: "title-review" }, "Review"), reviewParts.filters,
    h("div", { class: "workbench" },
      h("div", { class: "queue" }, reviewParts.progress, reviewParts.list.element), reviewParts.stage, reviewParts.evidence));
  onDecision((item) => {
    reviewParts.list.refresh(item);
    drawProgress();
    if (queue[at] === item) drawStage();
  });
}

function reviewShow(query) {
  readFilters(query);
  drawFilters(reviewParts.filters, () => refilter(0));
  const asked = query.get("item");
  const item = asked === null ? -1 : itemAt(asked);
  queue = filteredQueue();
  if (item >= 0 && !queue.includes(item)) queue = [item, ...queue];
  reviewParts.list.set(queue);
  at = Math.max(0, item >= 0 ? queue.indexOf(item) : firstUndecided());
  reviewDrawAll();
}

const firstUndecided = () => queue.findIndex((item) => !decisionOf(item));

function refilter(start) {
  queue = filteredQueue();
  at = start;
  reviewParts.list.set(queue);
  reviewDrawAll();
}

function reviewDrawAll() {
  drawProgress();
  drawStage();
  if (queue.length) {
    reviewParts.list.reveal(at);
    note("review", { ...filters, item: pathOf(queue[at]) });
  }
}

function drawProgress() {
  const done = queue.filter(decisionOf).length;
  const left = expectedLeft();
  reviewParts.progress.textContent = `${count(done)} of ${count(queue.length)} decided` + (left === null ? "" : ` · about ${count(Math.round(left))} wrong labels left here`);
}

function expectedLeft() {
  const judged = queue.filter((item) => data.items.p[item] !== null);
  if (!judged.length) return null;
  return judged.filter((item) => !decisionOf(item)).reduce((sum, item) => sum + data.items.p[item], 0);
}

function queueCell(item, place) {
  const made = decisionOf(item);
  const cell = h("div", { class: "queue-cell" }, h("button", {
    type: "button", class: "thumb", "aria-current": place === at ? "true" : null, onclick: () => move(place - at),
  }, picture(item, ""), h("span", { class: "was" }, className(given(item))),
    h("span", { class: "becomes" }, suggested(item) >= 0 && suggested(item) !== given(item) ? `→ ${className(suggested(item))}` : "\u00a0"),
    made ? h("span", { class: `stamp ${made.decision}` }, made.decision) : null));
  return cell;
}

function drawStage() {
  reviewParts.stage.replaceChildren();
  reviewParts.evidence.replaceChildren();
  if (!queue.length) {
    reviewParts.stage.append(h("div", { class: "empty" }, h("p", {}, data.queue.length ? "No item passes these filters." : "Nothing to review."),
      data.queue.length ? null : h("p", { class: "muted" }, "See the overview for checks that did not run.")));
    return;
  }
  const item = queue[at];
  const made = decisionOf(item);
  const { image, controls } = lensed(item, pathOf(item), 768);
  reviewParts.stage.append(h("figure", { class: "subject" }, image, controls, caption(item)), actions(item, made), stepper());
  drawEvidence(reviewParts.evidence, item);
}

function caption(item) {
  const differs = suggested(item) >= 0 && suggested(item) !== given(item);
  const p = data.items.p[item];
  return h("figcaption", {},
    h("div", { class: "verdict" }, h("span", { class: "was" }, className(given(item))),
      differs ? [h("span", { class: "arrow", "aria-label": "suggested" }, "→"), h("span", { class: "becomes" }, className(suggested(item)))] : null),
    p === null ? null : h("div", { class: "probability" }, h("meter", { min: 0, max: 1, value: p, "aria-label": "Probability that the label is wrong" }), ` ${percent(p)} likely wrong`),
    h("div", { class: "path muted" }, pathOf(item)));
}

function actions(item, made) {
  return h("div", { class: "actions", role: "group", "aria-label": "Decision" }, DECISIONS.map(([key, text, decision]) => {
    const chosen = made && (made.decision === decision || (decision === "other" && made.decision === "relabel" && made.label !== labelOf(suggested(item))));
    const taken = chosen && !(decision === "relabel" && made.label !== labelOf(suggested(item)));
    return h("button", { type: "button", class: `button act-${decision}`, "aria-pressed": taken ? "true" : "false", "data-decision": decision,
      disabled: whyNot(item, decision) !== "", title: whyNot(item, decision), onclick: () => act(decision) }, h("kbd", {}, key), taken && decision === "other" ? nameOf(made.label) : text);
  }), button([h("kbd", {}, "u"), "Undo"], undoLast, { disabled: !canUndo() }));
}

// Why a decision cannot be taken on an item, '' where it can.
function whyNot(item, decision) {
  if (!decidable(item)) return `This page does not hold what is needed to decide on it: add it to a queue with datadoctor queue ${data.command}`;
  if (decision === "relabel" && !suggestionDiffers(item)) return "There is no other label to suggest";
  return decision === "keep" && !findingFor(item) ? "No finding names this image: there is nothing to answer" : "";
}

const nameOf = nameOfLabel;
const suggestionDiffers = (item) => suggested(item) >= 0 && suggested(item) !== given(item);

function stepper() {
  return h("div", { class: "stepper" }, button("← Previous", () => move(-1), { disabled: at === 0 }),
    h("span", { class: "muted" }, `${count(at + 1)} of ${count(queue.length)}`),
    button("Next →", () => move(1), { disabled: at >= queue.length - 1 }));
}

async function act(decision) {
  const item = queue[at];
  if (item === undefined || whyNot(item, decision)) return;
  let label = "";
  if (decision === "relabel") label = labelOf(suggested(item));
  if (decision === "other") {
    label = data.several ? await chooseSet(suggestionDiffers(item) ? suggested(item) : given(item), given(item)) : await chooseLabel(item);
    if (label === null) return;
  }
  const name = decision === "other" ? "relabel" : decision;
  const before = decisionOf(item);
  const back = before && before.decision === name && before.label === label;
  const kept = decide(item, { decision: name, label, key: keyFor(item, filters.check) });
  // The next key is about the next image, however long the disk takes.
  if (!back && queue[at] === item) move(1);
  if (await kept) say(back ? "decision taken back" : `${name} ${label && nameOf(label)}`);
}

async function undoLast() {
  const item = await undo();
  if (item === null) return;
  const where = queue.indexOf(item);
  if (where >= 0) move(where - at);
  say("undone");
}

function move(step) {
  const before = at;
  at = Math.min(Math.max(at + step, 0), queue.length - 1);
  reviewDrawAll();
  reviewParts.list.refresh(queue[before]);
  reviewParts.list.refresh(queue[at]);
}

function keys(event) {
  const decision = DECISIONS.find(([key]) => key === event.key);
  if (decision) act(decision[2]);
  else if (lensKey(event, queue[at])) return true;
  else if (event.key === "u") undoLast();
  else if (event.key === "ArrowRight" || event.key === "j" || event.key === "n") move(1);
  else if (event.key === "ArrowLeft" || event.key === "p") move(-1);
  else return false;
  return true;
}
