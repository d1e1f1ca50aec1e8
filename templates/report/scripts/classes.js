// Classes: tree, confusion matrix and samples, linked. A selection in one is shown in all three.
import { button, count, h, percent, select } from "./dom.js";
import { data, labelOf } from "./data.js";
import { cellsOf, chosen, chosenName, groupMetrics, ordered } from "./confusion.js";
import { Icicle, widthOf } from "./icicle.js";
import { Matrix, drawStrip, nameOfCell } from "./matrix.js";
import { drawSamples } from "./samples.js";
import { note } from "./router.js";
import { onDecision } from "./decisions.js";
import { labelSets } from "./label_sets.js";
import { legend } from "./scale.js";
import { drawStructure, isView } from "./structure.js";

const STRIP = 22;
const classesParts = {};
// `selected`: null, { node }, { cell: [given, predicted] }, { band: class }, { range: [first, last] } or { block: { rows, columns } },
// the last two as places in the order; `span`: the classes in view, as such places.
const classesState = { tree: 0, measure: "count", only: "all", selected: null, span: null, by: "given" };
let view = "pairs";

export const classes = { draw: classesDraw, show: classesShow, keys: classesKeys };

function classesDraw(section) {
  classesParts.toolbar = h("div", { class: "toolbar" });
  classesParts.icicle = new Icicle({ onNode: (node) => pick({ node }), onRange: (range) => pick({ range }), onZoom: () => zoomTo(classesState.selected), onName: nameNode });
  classesParts.matrix = new Matrix({ onCell: (cell) => pick({ cell }), onBlock: pick, onHover: readOut });
  classesParts.strip = h("canvas", { class: "strip", role: "img", "aria-label": "Superclasses, as they lie above the matrix" });
  classesParts.legend = h("div", { class: "legend-line" });
  classesParts.readout = h("p", { class: "readout", "aria-live": "polite" });
  classesParts.samples = h("aside", { class: "samples", "aria-label": "Samples" });
  classesParts.below = h("div", { class: "page wide" });
  classesParts.linked = h("div", { class: "linked" },
    h("span", { class: "axes muted" }, "given ↓  seen →"), classesParts.strip, classesParts.icicle.canvas, classesParts.matrix.canvas, classesParts.legend, classesParts.readout);
  classesParts.blocks = h("div", { class: "blocks" }, classesParts.linked, classesParts.samples);
  section.append(h("h1", { class: "hidden", id: "title-classes" }, "Classes"), classesParts.toolbar, classesParts.blocks, classesParts.below);
  new ResizeObserver(() => drawLinked()).observe(classesParts.blocks);
  for (const canvas of [classesParts.icicle.canvas, classesParts.matrix.canvas]) canvas.addEventListener("focus", drawLinked);
  onDecision(() => drawSamples(classesParts.samples, classesState, pick));
}

function classesKeys(event) {
  if (event.key !== "Escape" || !classesState.selected) return false;
  pick(null);
  return true;
}

function classesShow(query) {
  classesState.selected = addressed(query) || classesState.selected;
  if (isView(query.get("view"))) view = query.get("view");
  classesDrawAll();
  if (query.get("view")) classesParts.below.scrollIntoView();
}

function addressed(query) {
  const [a, b, from, to, across, until] = ["given", "predicted", "from", "to", "across", "until"].map((name) => data.classes.indexOf(query.get(name) ?? "\u0000"));
  const order = ordered(classesState);
  const places = (...numbers) => numbers.map((number) => order.indexOf(number));
  if (a >= 0) return b >= 0 ? { cell: [a, b] } : { band: a };
  if (from >= 0 && to >= 0) return across >= 0 && until >= 0 ? { block: { rows: places(from, to), columns: places(across, until) } } : { range: places(from, to) };
  const node = data.trees.length ? data.trees[classesState.tree].name.indexOf(query.get("group") ?? "\u0000") : -1;
  return node < 0 ? null : { node };
}

function addressOf(selected) {
  const name = (at) => labelOf(ordered(classesState)[at]);
  if (selected?.cell) return { given: labelOf(selected.cell[0]), predicted: labelOf(selected.cell[1]) };
  if (selected?.range) return { from: name(selected.range[0]), to: name(selected.range[1]) };
  if (selected?.block) return { from: name(selected.block.rows[0]), to: name(selected.block.rows[1]), across: name(selected.block.columns[0]), until: name(selected.block.columns[1]) };
  if (selected?.node !== undefined) return { group: data.trees[classesState.tree].name[selected.node] };
  return selected?.band === undefined ? {} : { given: labelOf(selected.band) };
}

function classesDrawAll() {
  if (!data.confusion && !data.trees.length) {
    classesParts.blocks.hidden = true;
    classesParts.toolbar.hidden = true;
    classesParts.below.replaceChildren(data.label_set_facts ? labelSets() : h("div", { class: "empty" }, h("p", {}, "This run made neither a confusion matrix nor a class tree; the overview says which checks did not run and why.")));
    return;
  }
  classesDrawToolbar();
  drawLinked();
  drawSamples(classesParts.samples, classesState, pick);
  classesDescribe();
  drawBelow();
}

function classesDrawToolbar() {
  const set = (name) => (value) => { classesState[name] = value; classesDrawAll(); };
  const trees = data.trees.map((tree, place) => [String(place), `${tree.origin === "given" ? "Given" : "Learnt"} tree`]);
  classesParts.toolbar.replaceChildren(...[
    trees.length > 1 ? select("Tree", trees, String(classesState.tree), (value) => { Object.assign(classesState, { tree: Number(value), selected: null, span: null }); classesDrawAll(); }) : null,
    select("Measure", [["count", "Items"], ["rate", "Share of the given class"], ["joint", "Estimated wrong labels"]], classesState.measure, set("measure")),
    select("Which items", [["all", "All items"], ["flagged", "Flagged only"]], classesState.only, set("only")),
    button("Zoom to selection", () => zoomTo(classesState.selected), { disabled: spanOf(classesState.selected) === null }),
    button("Whole matrix", () => zoomTo(null), { disabled: classesState.span === null }),
    classesState.selected ? button("Clear selection", () => pick(null)) : null,
    h("span", { class: "muted grow" }, accuracyLine()),
  ].filter(Boolean));
}

function accuracyLine() {
  const root = groupMetrics(classesState, null);
  return root ? `Predicted class = given: ${root.exact} · same superclass: ${root.grouped}` : "";
}

function drawLinked() {
  if (classesParts.blocks.hidden || !classesParts.blocks.clientWidth) return;
  const order = ordered(classesState);
  const span = classesState.span || [0, order.length];
  const width = classesParts.linked.clientWidth - 34;
  const narrow = width < 560;
  const least = narrow ? Math.min(110, width * 0.28) : Math.min(300, width * 0.36);
  const side = Math.max(160, Math.min(width - least - 2, narrow ? 900 : innerHeight - 230));
  const tree = Math.max(least, Math.min(width - side - 2, widthOf(data.trees[classesState.tree])));
  classesParts.icicle.draw({ state: classesState, span, width: tree, height: side });
  classesParts.matrix.draw({ state: classesState, order, span, side, cells: cellsOf(classesState) });
  drawStrip(classesParts.strip, classesState, { span, side, height: STRIP });
  classesParts.legend.replaceChildren(...matrixLegend());
}

function matrixLegend() {
  const { range } = classesParts.matrix;
  const said = (value) => (classesState.measure === "rate" ? `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %` : count(value));
  return [range ? legend(0.3, 1, said(range[0]), `${said(range[1])}, log scale`) : h("span", { class: "muted" }, "no confusions"),
    data.confusion && data.trees.length ? legend(0, 0.3, "tree: recall 100 %", "0 %") : null].filter(Boolean);
}

function pick(selected) {
  classesState.selected = selected;
  noteClasses();
  classesDrawToolbar();
  drawLinked();
  drawSamples(classesParts.samples, classesState, pick);
  classesDescribe();
  if (view === "responses") drawBelow();
}

const noteClasses = () => note("classes", { ...addressOf(classesState.selected), view: view === "pairs" ? "" : view });

function drawBelow() {
  drawStructure(classesParts.below, { state: classesState, pick, view, show: (name) => { view = name; noteClasses(); drawBelow(); } });
}

function nameNode(node) {
  classesParts.readout.textContent = `${data.trees[classesState.tree].name[node]}${supportOf(node)}`;
}

// Of a learnt group: the share of its members that stay together when the images are drawn anew.
function supportOf(node) {
  const { origin, support, first, last } = data.trees[classesState.tree];
  return origin === "learnt" && last[node] > first[node] ? `, bootstrap support ${percent(support[node])}` : "";
}

function classesDescribe() {
  const found = classesState.selected && chosen(classesState);
  const metrics = found?.group ? groupMetrics(classesState, found.group) : null;
  classesParts.readout.textContent = !found ? "\u00a0" : metrics ? `${chosenName(classesState)}${classesState.selected.node === undefined ? "" : supportOf(classesState.selected.node)}: ${metrics.text}` : chosenName(classesState);
}

// The classes that a selection spans along the order, null where it is a single cell or class.
function spanOf(selected) {
  if (selected?.range) return [selected.range[0], selected.range[1] + 1];
  if (selected?.node === undefined) return null;
  const tree = data.trees[classesState.tree];
  return [tree.first[selected.node], tree.last[selected.node] + 1];
}

function zoomTo(selected) {
  classesState.span = spanOf(selected);
  classesDrawAll();
}

function readOut(given, predicted, value) {
  const number = classesState.measure === "rate" ? `${(value * 100).toFixed(1)} %` : count(value);
  classesParts.readout.textContent = `${nameOfCell([given, predicted])}: ${number}`;
}
