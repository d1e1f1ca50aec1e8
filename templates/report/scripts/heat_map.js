// A heat map on a canvas with a cell at a time in words, by pointer and by arrow keys.
import { colour, h } from "./dom.js";
import { drawStrip } from "./matrix.js";
import { sized } from "./scale.js";

const STRIP_HEIGHT = 20;

export class HeatMap {
  // `describe(row, column)` says a cell in words, `choose(row, column)` is told of clicks and Enter.
  constructor({ label, describe, choose = () => {} }) {
    Object.assign(this, { describe, choose, at: null, base: document.createElement("canvas") });
    this.canvas = h("canvas", { class: "heat", tabindex: "0", role: "application", "aria-label": `${label}. Arrow keys move, Enter shows the class.` });
    this.readout = h("p", { class: "readout", "aria-live": "polite" }, "\u00a0");
    this.strip = h("canvas", { class: "heat-strip", "aria-hidden": "true" });
    this.element = h("div", { class: "heat-frame" }, this.strip, this.canvas, this.readout);
    this.canvas.addEventListener("mousemove", (event) => this.go(this.cellAt(event)));
    this.canvas.addEventListener("click", (event) => { this.go(this.cellAt(event)); this.choose(...this.at); });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  // Columns are the classes of `order`; `shadeOf(row, column)` gives the colour of a cell.
  draw({ state, rows, order, width, height, shadeOf }) {
    const columns = order.length;
    Object.assign(this, { rows, columns, width, height });
    drawStrip(this.strip, state, { span: [0, columns], side: width, height: STRIP_HEIGHT, order });
    const context = sized(this.base, width, height);
    const [across, down] = [width / columns, height / rows];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        context.fillStyle = shadeOf(row, column);
        context.fillRect(column * across, row * down, across + 0.3, down + 0.3);
      }
    }
    this.context = sized(this.canvas, width, height);
    if (this.at && (this.at[0] >= rows || this.at[1] >= columns)) this.at = null;
    this.paint();
  }

  paint() {
    this.context.drawImage(this.base, 0, 0, this.width, this.height);
    if (!this.at) return;
    const [across, down] = [this.width / this.columns, this.height / this.rows];
    this.context.strokeStyle = colour("text");
    this.context.lineWidth = 1.5;
    this.context.strokeRect(this.at[1] * across - 1, this.at[0] * down - 1, Math.max(across, 4) + 2, Math.max(down, 4) + 2);
  }

  cellAt(event) {
    const clamp = (place, many) => Math.min(Math.max(Math.floor(place), 0), many - 1);
    return [clamp(event.offsetY / this.height * this.rows, this.rows), clamp(event.offsetX / this.width * this.columns, this.columns)];
  }

  go(cell) {
    this.at = cell;
    this.paint();
    this.readout.textContent = this.describe(...cell);
  }

  key(event) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const now = this.at || [0, 0];
    if (event.key === "Enter") this.choose(...now);
    else if (step) this.go([Math.min(Math.max(now[0] + step[0], 0), this.rows - 1), Math.min(Math.max(now[1] + step[1], 0), this.columns - 1)]);
    else return;
    event.preventDefault();
  }
}
