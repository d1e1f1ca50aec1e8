// Numbers of the confusion matrix: cells under the present filter, and figures of a group.
import { count, percent } from "./dom.js";
import { className, data } from "./data.js";

// Classes in the leaf order of the tree in use.
export function ordered(state) {
  return data.trees.length ? data.trees[state.tree].order : data.classes.map((_, number) => number);
}

let flaggedCells = null;

// [[given, predicted, value]...] off and on the diagonal.
export function cellsOf(state) {
  if (state.only === "flagged") return scaled(state, flagged());
  const { confusion } = data;
  if (!confusion) return [];
  const values = state.measure === "joint" ? confusion.joint : confusion.count;
  return scaled(state, confusion.given.map((a, i) => [a, confusion.predicted[i], values[i]]).filter((cell) => cell[2] > 0));
}

function flagged() {
  if (flaggedCells) return flaggedCells;
  const { given, suggested, flagged: flags } = data.items;
  const sums = new Map();
  for (let i = 0; i < flags.length; i += 1) {
    if (!flags[i] || given[i] < 0 || suggested[i] < 0) continue;
    const key = given[i] * data.classes.length + suggested[i];
    sums.set(key, (sums.get(key) || 0) + 1);
  }
  flaggedCells = [...sums].map(([key, value]) => [Math.floor(key / data.classes.length), key % data.classes.length, value]);
  return flaggedCells;
}

function scaled(state, cells) {
  if (state.measure !== "rate") return cells;
  const total = new Array(data.classes.length).fill(0);
  for (const [a, , value] of cells) total[a] += value;
  return cells.map(([a, b, value]) => [a, b, value / total[a]]);
}

// The classes chosen: given ones and predicted ones. `group`: one set of both, of which either side is enough.
export function chosen(state) {
  const { selected } = state;
  if (!selected) return null;
  const between = ([first, last]) => new Set(ordered(state).slice(first, last + 1));
  if (selected.cell) return { rows: new Set([selected.cell[0]]), columns: new Set([selected.cell[1]]), group: null };
  if (selected.block) return { rows: between(selected.block.rows), columns: between(selected.block.columns), group: null };
  const tree = data.trees[state.tree];
  const group = selected.band !== undefined ? new Set([selected.band]) : between(selected.range || [tree.first[selected.node], tree.last[selected.node]]);
  return { rows: group, columns: group, group };
}

// The name of what is chosen.
export function chosenName({ selected, tree, ...state }) {
  const span = ([first, last]) => { const order = ordered({ tree, ...state }); return first === last ? className(order[first]) : `${className(order[first])} to ${className(order[last])}`; };
  if (selected.cell) return selected.cell[0] === selected.cell[1] ? className(selected.cell[0]) : `${className(selected.cell[0])} → ${className(selected.cell[1])}`;
  if (selected.block) return `${span(selected.block.rows)} → ${span(selected.block.columns)}`;
  if (selected.range) return span(selected.range);
  return selected.node !== undefined ? data.trees[tree].name[selected.node] : className(selected.band);
}

// Recall, precision and F1 of a group: a label counts as right when the prediction falls in the same group.
export function groupMetrics(state, members) {
  if (!data.confusion || !data.trees.length) return null;
  const { given, predicted, count: counts } = data.confusion;
  const superclass = data.trees[state.tree].superclass_of;
  let [all, exact, grouped, inside, outgoing, incoming, same] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < given.length; i += 1) {
    const [a, b, n] = [given[i], predicted[i], counts[i]];
    all += n;
    if (a === b) exact += n;
    if (superclass[a] === superclass[b]) grouped += n;
    if (!members) continue;
    if (members.has(a) && members.has(b)) { inside += n; if (a === b) same += n; } else if (members.has(a)) outgoing += n; else if (members.has(b)) incoming += n;
  }
  if (!members) return all ? { exact: percent(exact / all), grouped: percent(grouped / all) } : null;
  const recall = inside / (inside + outgoing || 1);
  const precision = inside / (inside + incoming || 1);
  const f1 = 2 * recall * precision / (recall + precision || 1);
  return { recall, text: `${count(members.size)} classes, ${count(inside + outgoing)} items · recall ${percent(recall)} · precision ${percent(precision)} · F1 ${percent(f1)} · confused within ${count(inside - same)}, outwards ${count(outgoing)}, inwards ${count(incoming)}` };
}

// Recall of every node of the tree, in one pass over the cells and one over the nodes.
export function recalls(state) {
  const tree = data.trees[state.tree];
  if (!data.confusion) return tree.name.map(() => null);
  const place = new Array(tree.order.length);
  tree.order.forEach((number, at) => { place[number] = at; });
  const { given, predicted, count: counts } = data.confusion;
  const total = new Array(tree.name.length).fill(0);
  const inside = new Array(tree.name.length).fill(0);
  const leaf = leaves(tree);
  for (let i = 0; i < given.length; i += 1) {
    for (let node = leaf[place[given[i]]]; node >= 0; node = tree.parent[node]) {
      total[node] += counts[i];
      if (tree.first[node] <= place[predicted[i]] && place[predicted[i]] <= tree.last[node]) inside[node] += counts[i];
    }
  }
  return total.map((n, node) => (n ? inside[node] / n : null));
}

function leaves(tree) {
  const leaf = [];
  tree.first.forEach((first, node) => { if (first === tree.last[node]) leaf[first] = node; });
  return leaf;
}
