// The confusion matrix on a canvas, in tree order: log scale, diagonal left out, isolated cells drawn large enough to see.
import { colour, count, h } from "./dom.js";
import { className } from "./data.js";
import { membersOf } from "./confusion.js";
import { shade, sized } from "./scale.js";

const SMALLEST = 2.5;

export class Matrix {
  constructor({ onCell, onHover }) {
    this.canvas = h("canvas", { class: "matrix", tabindex: "0", role: "application",
      "aria-label": "Confusion matrix: given class down, predicted class across. Arrow keys move, Enter shows the items." });
    this.element = this.canvas;
    this.onCell = onCell;
    this.onHover = onHover;
    this.cursor = null;
    this.canvas.addEventListener("mousemove", (event) => this.hover(this.cellAt(event)));
    this.canvas.addEventListener("click", (event) => this.choose(this.nearest(this.cellAt(event))));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  draw({ state, order, span, side, cells }) {
    Object.assign(this, { state, order, span, side });
    this.scale = side / (span[1] - span[0]);
    this.place = new Map(order.map((number, at) => [number, at]));
    this.value = new Map(cells.map(([a, b, value]) => [a * order.length + b, value]));
    const context = sized(this.canvas, side, side);
    context.fillStyle = colour("surface");
    context.fillRect(0, 0, side, side);
    this.drawBands(context);
    this.drawDiagonal(context);
    this.drawCells(context, cells);
    this.drawMarks(context);
  }

  drawBands(context) {
    const { selected } = this.state;
    if (!selected) return;
    const members = selected.node !== undefined ? [...membersOf(this.state, selected.node)] : selected.cell ? [] : [selected.band];
    const rows = selected.cell ? [selected.cell[0]] : members;
    const columns = selected.cell ? [selected.cell[1]] : members;
    context.fillStyle = colour("accent-soft");
    for (const number of rows) context.fillRect(0, this.at(number), this.side, Math.max(1, this.scale));
    for (const number of columns) context.fillRect(this.at(number), 0, Math.max(1, this.scale), this.side);
  }

  drawDiagonal(context) {
    context.strokeStyle = colour("line");
    context.beginPath();
    context.moveTo(0, 0);
    context.lineTo(this.side, this.side);
    context.stroke();
  }

  drawCells(context, cells) {
    const off = cells.filter(([a, b]) => a !== b).sort((first, second) => first[2] - second[2]);
    const largest = off.length ? off[off.length - 1][2] : 1;
    const smallest = off.length ? off[0][2] : 1;
    const range = Math.log(largest / smallest) || 1;
    const size = Math.max(this.scale, SMALLEST);
    const inset = (size - this.scale) / 2;
    for (const [a, b, value] of off) {
      context.fillStyle = shade(0.3 + 0.7 * Math.log(value / smallest) / range);
      context.fillRect(this.at(b) - inset, this.at(a) - inset, size - (size > 6 ? 1 : 0), size - (size > 6 ? 1 : 0));
    }
    if (this.scale >= 22 && this.state.measure !== "rate") this.drawNumbers(context, off, smallest, range);
  }

  drawNumbers(context, cells, smallest, range) {
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const [a, b, value] of cells) {
      const share = 0.3 + 0.7 * Math.log(value / smallest) / range;
      context.fillStyle = colour(share > 0.5 ? "surface" : "text");
      context.fillText(count(value), this.at(b) + this.scale / 2, this.at(a) + this.scale / 2);
    }
  }

  drawMarks(context) {
    const marked = this.cursor || this.state.selected?.cell;
    if (!marked) return;
    const size = Math.max(this.scale, 8);
    context.strokeStyle = colour("bad");
    context.lineWidth = 2;
    context.strokeRect(this.at(marked[1]) - (size - this.scale) / 2, this.at(marked[0]) - (size - this.scale) / 2, size, size);
  }

  at(number) {
    return (this.place.get(number) - this.span[0]) * this.scale;
  }

  cellAt(event) {
    const row = this.span[0] + Math.floor(event.offsetY / this.scale);
    const column = this.span[0] + Math.floor(event.offsetX / this.scale);
    const inside = (at) => at >= this.span[0] && at < this.span[1];
    return inside(row) && inside(column) ? [this.order[row], this.order[column]] : null;
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
    if (near) this.onHover(near[0], near[1], this.read(near));
  }

  choose(cell) {
    if (!cell) return;
    this.cursor = cell;
    this.onCell(cell);
  }

  key(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const cursor = this.cursor || [this.order[this.span[0]], this.order[this.span[0]]];
    if (event.key === "Enter") this.choose(cursor);
    if (!step) return;
    event.preventDefault();
    const clamp = (at) => this.order[Math.min(Math.max(at, this.span[0]), this.span[1] - 1)];
    this.cursor = [clamp(this.place.get(cursor[0]) + step[0]), clamp(this.place.get(cursor[1]) + step[1])];
    this.hover(this.cursor);
    this.draw({ state: this.state, order: this.order, span: this.span, side: this.side, cells: [...this.value].map(([key, value]) => [Math.floor(key / this.order.length), key % this.order.length, value]) });
  }
}
