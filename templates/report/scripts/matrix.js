// The confusion matrix on a canvas, in tree order: log scale, diagonal left out, isolated cells drawn large enough to see.
import { colour, count, h } from "./dom.js";
import { className, data } from "./data.js";
import { chosen } from "./confusion.js";
import { Pointed } from "./pointed.js";
import { fitted, groupName, shade, sized } from "./scale.js";

const SMALLEST = 2.5;

export class Matrix {
  constructor({ onCell, onBlock, onHover }) {
    this.canvas = h("canvas", { class: "matrix", tabindex: "0", role: "application",
      "aria-label": "Confusion matrix: given class down, predicted class across. Arrow keys move, with shift over several cells; Enter shows the items." });
    Object.assign(this, { onCell, onBlock, onHover, cursor: null, anchor: null, rubber: null, base: document.createElement("canvas") });
    this.canvas.addEventListener("mousemove", (event) => this.hover(this.cellAt(event.offsetX, event.offsetY)));
    this.canvas.addEventListener("mouseleave", () => { this.pointed = null; this.paint(); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new Pointed(this.canvas, {
      place: (x, y) => [this.along(y), this.along(x)],
      click: (x, y) => this.choose(this.nearest(this.cellAt(x, y))),
      shown: (from, to) => { this.rubber = [from, to]; this.paint(); },
      drag: (from, to) => { this.rubber = null; this.block(from, to); },
    });
  }

  draw({ state, order, span, side, cells }) {
    Object.assign(this, { state, order, span, side });
    this.scale = side / (span[1] - span[0]);
    this.place = new Map(order.map((number, at) => [number, at]));
    this.value = new Map(cells.map(([a, b, value]) => [a * order.length + b, value]));
    const context = sized(this.base, side, side);
    context.fillStyle = colour("surface");
    context.fillRect(0, 0, side, side);
    this.drawBands(context);
    this.drawGroups(context);
    this.drawCells(context, cells);
    this.context = sized(this.canvas, side, side);
    this.paint();
  }

  // What moves with the pointer and the keys, over the picture of everything else.
  paint() {
    if (!this.context) return;
    this.context.drawImage(this.base, 0, 0, this.side, this.side);
    this.drawCross(this.context);
    this.drawMarks(this.context);
  }

  drawBands(context) {
    const found = chosen(this.state);
    if (!found) return;
    context.fillStyle = colour("accent-soft");
    for (const number of found.rows) context.fillRect(0, this.at(number), this.side, Math.max(1, this.scale));
    for (const number of found.columns) context.fillRect(this.at(number), 0, Math.max(1, this.scale), this.side);
  }

  // The diagonal, and the superclasses as blocks on it.
  drawGroups(context) {
    context.strokeStyle = colour("line");
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(this.side, this.side);
    context.stroke();
    context.strokeStyle = colour("line-strong");
    context.globalAlpha = 0.55;
    for (const { first, last } of groupsAlong(this.state)) {
      const [start, size] = [(first - this.span[0]) * this.scale, (last + 1 - first) * this.scale];
      context.strokeRect(start, start, size, size);
    }
    context.globalAlpha = 1;
  }

  drawCells(context, cells) {
    const off = cells.filter(([a, b]) => a !== b).sort((first, second) => first[2] - second[2]);
    this.range = off.length ? [off[0][2], off[off.length - 1][2]] : null;
    const [smallest, largest] = this.range || [1, 1];
    const share = (value) => 0.3 + 0.7 * Math.log(value / smallest) / (Math.log(largest / smallest) || 1);
    const size = Math.max(this.scale, SMALLEST);
    const inset = (size - this.scale) / 2;
    for (const [a, b, value] of off) {
      context.fillStyle = shade(share(value));
      context.fillRect(this.at(b) - inset, this.at(a) - inset, size - (size > 6 ? 1 : 0), size - (size > 6 ? 1 : 0));
    }
    if (this.scale >= 22 && this.state.measure !== "rate") this.drawNumbers(context, off, share);
  }

  drawNumbers(context, cells, share) {
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const [a, b, value] of cells) {
      context.fillStyle = share(value) > 0.55 ? colour("surface") : colour("text");
      context.fillText(count(value), this.at(b) + this.scale / 2, this.at(a) + this.scale / 2);
    }
  }

  drawCross(context) {
    if (!this.pointed) return;
    context.fillStyle = colour("text");
    context.globalAlpha = 0.16;
    const half = Math.max(1, this.scale) / 2;
    context.fillRect(0, this.at(this.pointed[0]) + half, this.at(this.pointed[1]), 1);
    context.fillRect(this.at(this.pointed[1]) + half, 0, 1, this.at(this.pointed[0]));
    context.globalAlpha = 1;
  }

  drawMarks(context) {
    const focused = this.cursor && [this.place.get(this.cursor[0]), this.place.get(this.cursor[1])];
    const cell = this.state.selected?.cell;
    const marked = this.rubber || (focused && this.anchor ? [this.anchor, focused] : focused ? [focused, focused]
      : cell && [[this.place.get(cell[0]), this.place.get(cell[1])], [this.place.get(cell[0]), this.place.get(cell[1])]]);
    if (!marked) return;
    const [[top, bottom], [left, right]] = ends(...marked);
    const [width, height] = [Math.max((right + 1 - left) * this.scale, 8), Math.max((bottom + 1 - top) * this.scale, 8)];
    context.strokeStyle = colour("bad");
    context.lineWidth = 2;
    context.strokeRect((left - this.span[0]) * this.scale, (top - this.span[0]) * this.scale, width, height);
  }

  at(number) {
    return (this.place.get(number) - this.span[0]) * this.scale;
  }

  along(offset) {
    return Math.min(Math.max(this.span[0] + Math.floor(offset / this.scale), this.span[0]), this.span[1] - 1);
  }

  cellAt(x, y) {
    if (x < 0 || y < 0 || x >= this.side || y >= this.side) return null;
    return [this.order[this.along(y)], this.order[this.along(x)]];
  }

  // The filled cell closest to the pointer, within the size at which small cells are drawn.
  nearest(cell) {
    if (!cell || this.read(cell) || this.scale > SMALLEST) return cell;
    const reach = Math.ceil(3 / this.scale);
    const [row, column] = [this.place.get(cell[0]), this.place.get(cell[1])];
    let best = null;
    for (let dy = -reach; dy <= reach; dy += 1) {
      for (let dx = -reach; dx <= reach; dx += 1) {
        const other = [this.order[row + dy], this.order[column + dx]];
        if (this.read(other) && other[0] !== other[1] && (!best || dx * dx + dy * dy < best.far)) best = { other, far: dx * dx + dy * dy };
      }
    }
    return best ? best.other : cell;
  }

  read(cell) {
    return this.value.get(cell[0] * this.order.length + cell[1]) || 0;
  }

  hover(cell) {
    const near = this.nearest(cell);
    if (!near) return;
    this.pointed = near;
    this.paint();
    this.onHover(near[0], near[1], this.read(near));
  }

  choose(cell) {
    if (!cell) return;
    this.cursor = cell;
    this.anchor = null;
    this.onCell(cell);
  }

  // Dragged across the diagonal: those classes as a group. Beside it: the confusions of the rows with the columns.
  block(from, to) {
    const [rows, columns] = ends(from, to);
    this.cursor = null;
    this.anchor = null;
    if (rows[0] <= columns[1] && columns[0] <= rows[1]) this.onBlock({ range: [Math.min(rows[0], columns[0]), Math.max(rows[1], columns[1])] });
    else this.onBlock({ block: { rows, columns } });
  }

  key(event) {
    const cursor = this.cursor || [this.order[this.span[0]], this.order[this.span[0]]];
    const now = [this.place.get(cursor[0]), this.place.get(cursor[1])];
    const far = event.key.startsWith("Page") ? Math.max(1, Math.round((this.span[1] - this.span[0]) / 10)) : 1;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-far, 0], PageDown: [far, 0] }[event.key];
    if (event.key === "Enter" && this.anchor) this.block(this.anchor, now);
    else if (event.key === "Enter") this.choose(cursor);
    else if (step) this.step(now, step, event.shiftKey);
    else return;
    event.preventDefault();
  }

  step(now, step, extend) {
    const clamp = (at) => Math.min(Math.max(at, this.span[0]), this.span[1] - 1);
    this.anchor = extend ? this.anchor || now : null;
    this.cursor = [this.order[clamp(now[0] + step[0])], this.order[clamp(now[1] + step[1])]];
    this.pointed = this.cursor;
    this.paint();
    this.onHover(this.cursor[0], this.cursor[1], this.read(this.cursor));
  }
}

const ends = (from, to) => [0, 1].map((axis) => [Math.min(from[axis], to[axis]), Math.max(from[axis], to[axis])]);

// Runs of classes of one superclass along some classes in tree order: [{ name, first, last }].
function groupsAlong(state, order = data.trees[state.tree]?.order) {
  const tree = data.trees[state.tree];
  if (!tree || tree.superclasses.length < 2) return [];
  const runs = [];
  order.forEach((number, at) => {
    const group = tree.superclass_of[number];
    const run = runs[runs.length - 1];
    if (run && run.group === group) run.last = at;
    else runs.push({ group, name: tree.superclasses[group], first: at, last: at });
  });
  return runs.filter(({ first, last }) => last > first || runs.length < order.length);
}

// The superclasses above a picture of classes in tree order, as far as their names fit.
export function drawStrip(canvas, state, { span, side, height, order }) {
  const context = sized(canvas, side, height);
  context.clearRect(0, 0, side, height);
  const scale = side / (span[1] - span[0]);
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const { name, first, last } of groupsAlong(state, order)) {
    const [start, end] = [Math.max(0, (first - span[0]) * scale), Math.min(side, (last + 1 - span[0]) * scale)];
    if (end - start < 2) continue;
    context.fillStyle = shade(0.12);
    context.fillRect(start, 0, end - start - 1, height - 2);
    context.fillStyle = colour("text");
    context.fillText(fitted(context, groupName(data.trees[state.tree], name), end - start - 8), start + 4, height / 2 - 1);
  }
}

export const nameOfCell = ([given, predicted]) => `given ${className(given)} → looks like ${className(predicted)}`;
