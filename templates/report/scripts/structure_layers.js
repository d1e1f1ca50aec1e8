// How well each stage of the network tells groups of classes apart, coarse to fine.
import { h, percent } from "./dom.js";
import { className, data } from "./data.js";
import { HeatMap } from "./heat_map.js";
import { ordered } from "./confusion.js";
import { GROUPS, legend, shade } from "./scale.js";
import { whyMissing } from "./structure_missing.js";
import { asTable, row, table } from "./tables.js";

const [WIDTH, HEIGHT] = [640, 300];
const EDGE = { left: 44, right: 124, top: 14, bottom: 34 };
const LEADER = 22;

export function drawLayers(space, { state, pick }) {
  const found = data.structure.separability;
  if (!found) return space.append(whyMissing("separability"));
  const rows = found.stages.map((stage, at) => ({ cells: [stage, ...found.accuracy[at].map((share, level) => `${percent(share)} (${percent(found.above_chance[at][level])})`)] }));
  space.append(h("p", { class: "muted" }, "Mean recall of the groups by a linear probe on each stage alone, as a share of what is possible above chance: early stages tell coarse groups apart, late ones the classes."),
    h("div", { class: "chart-and-text" }, lines(found), neverRecognised(found, pick)),
    asTable("recall of each stage (above chance)", [["Stage"], ...found.levels.map((many) => [nameOf(found, many), true])], rows),
    h("h3", {}, "Recall of each class by stage"), ...recallMap(space, found, state, pick));
  return undefined;
}

const nameOf = (found, many) => (many === found.levels[found.levels.length - 1] ? `${many} classes` : `${many} groups`);

function lines(found) {
  const x = (at) => EDGE.left + (found.stages.length > 1 ? at / (found.stages.length - 1) : 0.5) * (WIDTH - EDGE.left - EDGE.right);
  const y = (share) => HEIGHT - EDGE.bottom - Math.max(0, share) * (HEIGHT - EDGE.top - EDGE.bottom);
  const chart = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "lines", role: "img", "aria-label": "Separability by stage; the same as a table below" });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    chart.append(svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(share), y2: y(share), class: "grid" }), svg("text", { x: EDGE.left - 8, y: y(share) + 4, "text-anchor": "end" }, `${share * 100} %`));
  }
  found.stages.forEach((stage, at) => chart.append(svg("text", { x: x(at), y: HEIGHT - 10, "text-anchor": at === 0 ? "start" : at === found.stages.length - 1 ? "end" : "middle" }, stage)));
  const ends = apart(found.levels.map((_, level) => y(found.above_chance[found.stages.length - 1][level] ?? 0)));
  found.levels.forEach((many, level) => {
    const tone = GROUPS[level % GROUPS.length];
    const points = found.stages.map((_, at) => [x(at), y(found.above_chance[at][level] ?? 0)]);
    chart.append(svg("polyline", { points: points.map((point) => point.join(",")).join(" "), fill: "none", stroke: tone, "stroke-width": 2.5 }));
    points.forEach(([cx, cy], at) => chart.append(svg("circle", { cx, cy, r: 4, fill: tone }, svg("title", {}, `${found.stages[at]}, ${nameOf(found, many)}: ${percent(found.above_chance[at][level])}`))));
    const [end, height] = points[points.length - 1];
    chart.append(svg("line", { x1: end, y1: height, x2: end + LEADER, y2: ends[level], stroke: tone, "stroke-width": 1.5 }),
      svg("text", { x: end + LEADER + 4, y: ends[level] + 4, class: "line-name" }, nameOf(found, many)));
  });
  return chart;
}

// Moves labels that would lie on each other apart, keeping their order.
function apart(places) {
  const order = places.map((_, at) => at).sort((a, b) => places[a] - places[b]);
  const moved = [...places];
  order.forEach((at, rank) => { if (rank > 0) moved[at] = Math.max(moved[at], moved[order[rank - 1]] + 15); });
  return moved;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function neverRecognised(found, pick) {
  const best = (number) => Math.max(...found.class_recall.map((recall) => recall[number] ?? 0));
  const hardest = [...found.never].sort((a, b) => best(a) - best(b) || a - b);
  if (!hardest.length) return h("p", {}, "Every class is recognised in at least half of its images by some stage.");
  return h("div", {}, h("h3", {}, "Recognised in less than half by every stage"),
    h("ul", { class: "largest" }, hardest.slice(0, 12).map((number) => row(className(number), percent(best(number)), () => pick({ band: number })))),
    hardest.length > 12 ? h("p", { class: "muted" }, `and ${hardest.length - 12} more`) : null);
}

function recallMap(space, found, state, pick) {
  const order = ordered(state);
  const map = new HeatMap({ label: "Recall of each class by stage, classes in tree order", choose: (_, column) => pick({ band: order[column] }),
    describe: (row, column) => `${className(order[column])}, ${found.stages[row]}: ${percent(found.class_recall[row][order[column]])}` });
  map.draw({ state, rows: found.stages.length, order, width: space.clientWidth, height: 26 * found.stages.length,
    shadeOf: (row, column) => { const share = found.class_recall[row][order[column]]; return share === null ? "transparent" : shade(share); } });
  const rows = order.map((number) => ({ cells: [className(number), ...found.class_recall.map((row) => percent(row[number]))] }));
  return [legend(0, 1, "recall 0 %", `100 %; top to bottom: ${found.stages.join(", ")}`), map.element,
    h("details", { class: "as-table" }, h("summary", {}, "As a table: recall of each class by stage"), table("Recall of each class by stage", [["Class"], ...found.stages.map((stage) => [stage, true])], rows))];
}
