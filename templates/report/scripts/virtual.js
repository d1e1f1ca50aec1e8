// A grid of which only the rows in sight exist, so that a list of 100,000 costs as much as a screenful.
import { h } from "./dom.js";

export class VirtualGrid {
  constructor({ label, cellWidth, cellHeight, make, role = "list" }) {
    Object.assign(this, { cellWidth, cellHeight, make, entries: [], cells: new Map() });
    this.space = h("div", { class: "virtual-space", role });
    this.space.setAttribute("aria-label", label);
    this.element = h("div", { class: "virtual", tabindex: "0" }, this.space);
    this.element.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.layout()).observe(this.element);
  }

  set(entries) {
    this.entries = entries;
    this.clear();
    this.element.scrollTop = 0;
    this.layout();
  }

  clear() {
    for (const cell of this.cells.values()) cell.remove();
    this.cells.clear();
  }

  layout() {
    const width = this.element.clientWidth;
    if (!width) return;
    const columns = Math.max(1, Math.floor(width / this.cellWidth));
    if (columns !== this.columns) this.clear();
    this.columns = columns;
    this.space.style.height = `${Math.ceil(this.entries.length / columns) * this.cellHeight}px`;
    this.draw();
  }

  draw() {
    if (!this.columns) return;
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.cellHeight) - 1) * this.columns;
    const rows = Math.ceil(this.element.clientHeight / this.cellHeight) + 3;
    const last = Math.min(this.entries.length, first + rows * this.columns);
    for (const [place, cell] of this.cells) {
      if (place < first || place >= last) {
        cell.remove();
        this.cells.delete(place);
      }
    }
    for (let place = first; place < last; place += 1) if (!this.cells.has(place)) this.put(place);
  }

  put(place) {
    const cell = this.make(this.entries[place], place);
    const width = this.element.clientWidth / this.columns;
    cell.classList.add("virtual-cell");
    cell.style.transform = `translate(${(place % this.columns) * width}px, ${Math.floor(place / this.columns) * this.cellHeight}px)`;
    cell.style.width = `${width}px`;
    cell.style.height = `${this.cellHeight}px`;
    if (this.space.getAttribute("role") === "list") cell.setAttribute("role", "listitem");
    this.cells.set(place, cell);
    this.space.append(cell);
  }

  refresh(entry) {
    for (const [place, cell] of this.cells) {
      if (entry === undefined || this.entries[place] === entry) {
        cell.remove();
        this.cells.delete(place);
      }
    }
    this.draw();
  }

  reveal(place) {
    const top = Math.floor(place / (this.columns || 1)) * this.cellHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.cellHeight > scrollTop + clientHeight) this.element.scrollTop = top + this.cellHeight - clientHeight;
  }
}
