// Classes: tree, confusion matrix and samples, linked. A selection in one is shown in all three.
import { button, count, h, select } from "./dom.js";
import { className, data } from "./data.js";
import { cellsOf, groupMetrics, ordered } from "./confusion.js";
import { drawIcicle, nodeAt } from "./icicle.js";
import { drawPairs } from "./class_pairs.js";
import { Matrix } from "./matrix.js";
import { drawSamples } from "./samples.js";
import { note } from "./router.js";
import { onDecision } from "./decisions.js";

const classesParts = {};
// `selected`: null, { node }, { cell: [given, predicted] } or { band: class, side }; `span`: the classes in view, as leaf places.
const classesState = { tree: 0, measure: "count", only: "all", selected: null, span: null, by: "given" };

export const classes = { draw: classesDraw, show: classesShow, keys: () => false };

function classesDraw(section) {
  classesParts.toolbar = h("div", { class: "toolbar" });
  classesParts.icicle = h("canvas", { class: "icicle", tabindex: "0", role: "img", "aria-label": "Class tree" });
  classesParts.matrix = new Matrix({ onCell: (cell) => pick({ cell }), onHover: readOut });
  classesParts.readout = h("p", { class: "readout muted", "aria-live": "polite" });
  classesParts.groups = h("div", { class: "groups" });
  classesParts.samples = h("aside", { class: "samples", "aria-label": "Samples" });
  classesParts.below = h("div", { class: "page wide" });
  classesParts.blocks = h("div", { class: "blocks" }, h("div", { class: "linked" }, classesParts.icicle, classesParts.matrix.element), classesParts.samples);
  section.append(h("h1", { class: "hidden", id: "title-classes" }, "Classes"), classesParts.toolbar, classesParts.blocks, classesParts.below);
  classesParts.blocks.querySelector(".linked").append(classesParts.readout);
  classesParts.icicle.addEventListener("click", (event) => pickNode(nodeAt(classesParts.icicle, event.offsetX, event.offsetY)));
  classesParts.icicle.addEventListener("dblclick", () => zoomTo(classesState.selected));
  classesParts.icicle.addEventListener("mousemove", (event) => nameNode(nodeAt(classesParts.icicle, event.offsetX, event.offsetY)));
  new ResizeObserver(() => drawLinked()).observe(classesParts.blocks);
  onDecision(() => drawSamples(classesParts.samples, classesState, pick));
}

function classesShow(query) {
  const a = data.classes.indexOf(query.get("given") ?? "\u0000");
  const b = data.classes.indexOf(query.get("predicted") ?? "\u0000");
  if (a >= 0 && b >= 0) classesState.selected = { cell: [a, b] };
  else if (a >= 0) classesState.selected = { band: a, side: "given" };
  else if (query.get("group")) classesState.selected = selectedGroup(query.get("group"));
  classesDrawAll();
}

function selectedGroup(name) {
  const node = data.trees.length ? data.trees[classesState.tree].name.indexOf(name) : -1;
  return node < 0 ? null : { node };
}

function classesDrawAll() {
  if (!data.confusion && !data.trees.length) {
    classesParts.blocks.hidden = true;
    classesParts.toolbar.hidden = true;
    classesParts.below.replaceChildren(h("div", { class: "empty" }, h("p", {}, "This run made neither a confusion matrix nor a class tree; the overview says which checks did not run and why.")));
    return;
  }
  classesDrawToolbar();
  drawLinked();
  drawSamples(classesParts.samples, classesState, pick);
  drawPairs(classesParts.below, (pair) => pick({ cell: [pair.a, pair.b] }));
}

function classesDrawToolbar() {
  const set = (name) => (value) => { classesState[name] = value; classesDrawAll(); };
  const trees = data.trees.map((tree, place) => [String(place), `${tree.origin === "given" ? "Given" : "Learnt"} tree`]);
  classesParts.toolbar.replaceChildren(...[
    trees.length > 1 ? select("Tree", trees, String(classesState.tree), (value) => { Object.assign(classesState, { tree: Number(value), selected: null, span: null }); classesDrawAll(); }) : null,
    select("Measure", [["count", "Items"], ["rate", "Share of the given class"], ["joint", "Estimated wrong labels"]], classesState.measure, set("measure")),
    select("Which items", [["all", "All items"], ["flagged", "Flagged only"]], classesState.only, set("only")),
    button("Zoom to selection", () => zoomTo(classesState.selected), { disabled: classesState.selected?.node === undefined }),
    button("Whole matrix", () => zoomTo(null), { disabled: classesState.span === null }),
    classesState.selected ? button("Clear selection", () => pick(null)) : null,
    h("span", { class: "muted grow" }, accuracyLine()),
  ].filter(Boolean));
}

function accuracyLine() {
  const root = groupMetrics(classesState, null);
  return root ? `Predicted class = given: ${root.exact} · same superclass: ${root.grouped} · stronger colour in the tree: lower recall` : "";
}

function drawLinked() {
  if (classesParts.blocks.hidden || !classesParts.blocks.clientWidth) return;
  const order = ordered(classesState);
  const span = classesState.span || [0, order.length];
  const width = classesParts.blocks.querySelector(".linked").clientWidth - 34;
  const narrow = width < 560;
  const tree = narrow ? Math.min(110, width * 0.28) : Math.min(300, width * 0.36);
  const side = Math.max(160, Math.min(width - tree - 2, narrow ? 900 : innerHeight - 190));
  drawIcicle(classesParts.icicle, classesState, span, tree, side);
  classesParts.matrix.draw({ state: classesState, order, span, side, cells: cellsOf(classesState) });
}

function pick(selected) {
  classesState.selected = selected;
  note("classes", addressOf(selected));
  classesDrawToolbar();
  drawLinked();
  drawSamples(classesParts.samples, classesState, pick);
  classesDescribe();
}

function addressOf(selected) {
  if (selected?.cell) return { given: className(selected.cell[0]), predicted: className(selected.cell[1]) };
  if (selected?.node !== undefined) return { group: data.trees[classesState.tree].name[selected.node] };
  return selected?.band === undefined ? {} : { given: className(selected.band) };
}

function pickNode(node) {
  if (node !== null) pick({ node });
}

function nameNode(node) {
  if (node !== null) classesParts.readout.textContent = data.trees[classesState.tree].name[node];
}

function classesDescribe() {
  if (classesState.selected?.node === undefined) return;
  const found = groupMetrics(classesState, classesState.selected.node);
  if (found) classesParts.readout.textContent = `${data.trees[classesState.tree].name[classesState.selected.node]}: ${found.text}`;
}

function zoomTo(selected) {
  const tree = data.trees[classesState.tree];
  classesState.span = selected?.node === undefined ? null : [tree.first[selected.node], tree.last[selected.node] + 1];
  classesDrawAll();
}

function readOut(given, predicted, value) {
  if (given === null) return;
  const number = classesState.measure === "rate" ? `${(value * 100).toFixed(1)} %` : count(value);
  classesParts.readout.textContent = `given ${className(given)} → looks like ${className(predicted)}: ${number}`;
}
