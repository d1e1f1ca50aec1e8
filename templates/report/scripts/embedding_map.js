// All images as points where the network put them: wheel or buttons zoom, drag moves, the lasso sends points to the gallery.
import { button, colour, count, h, select } from "./dom.js";
import { className, data, given, suggested } from "./data.js";
import { shade, sized } from "./scale.js";

const EXTENT = 4095;
// Okabe and Ito's colours, told apart with any colour vision; more groups than colours share them in turn.
const GROUPS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8a8a00", "#7f7f7f"];

export class EmbeddingMap {
  constructor(onLasso) {
    this.onLasso = onLasso;
    this.view = { x: 0, y: 0, zoom: 1 };
    this.by = "suspicion";
    this.lasso = [];
    this.tool = "lasso";
    this.canvas = h("canvas", { class: "map", role: "img", "aria-label": "Map of the images by similarity" });
    this.readout = h("p", { class: "readout muted" });
    this.toolbar = h("div", { class: "map-tools" });
    this.element = h("div", { class: "map-frame" }, h("h2", {}, "Map of similarity"), this.toolbar, this.canvas, this.readout);
    if (!data.positions) this.element.replaceChildren(h("p", { class: "muted" }, "No map: this run kept no embeddings."));
    else this.listen();
  }

  listen() {
    this.canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX, event.offsetY); }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    this.canvas.addEventListener("pointerup", () => this.up());
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  drawTools() {
    const press = (tool, text) => button(text, () => { this.tool = tool; this.draw(); }, { "aria-pressed": this.tool === tool ? "true" : "false" });
    this.toolbar.replaceChildren(select("Colour by", [["suspicion", "Suspicion"], ["class", data.trees.length ? "Superclass" : "Class"]], this.by, (value) => { this.by = value; this.draw(); }),
      press("lasso", "Lasso"), press("move", "Move"), button("+", () => this.zoomBy(1.5), { "aria-label": "Zoom in", class: "button icon" }),
      button("−", () => this.zoomBy(1 / 1.5), { "aria-label": "Zoom out", class: "button icon" }), button("Whole map", () => { this.view = { x: 0, y: 0, zoom: 1 }; this.draw(); }));
  }

  draw() {
    if (!data.positions || !this.element.clientWidth) return;
    this.drawTools();
    this.side = Math.min(this.element.clientWidth - 34, Math.max(260, innerHeight - 260));
    this.canvas.dataset.tool = this.tool;
    const context = sized(this.canvas, this.side, this.side);
    context.fillStyle = colour("surface");
    context.fillRect(0, 0, this.side, this.side);
    this.drawPoints(context);
    if (this.lasso.length) this.drawLasso(context);
  }

  drawPoints(context) {
    const { x, y } = data.positions;
    const size = Math.max(1.5, Math.min(5, 90 / Math.sqrt(x.length))) * Math.sqrt(this.view.zoom);
    const plain = shade(0.25);
    const late = [];
    for (let i = 0; i < x.length; i += 1) {
      if (x[i] < 0) continue;
      if (data.items.flagged[i]) { late.push(i); continue; }
      context.fillStyle = this.by === "class" ? groupColour(i) : plain;
      this.dot(context, i, size);
    }
    context.fillStyle = colour("bad");
    for (const i of late) {
      if (this.by === "class") context.fillStyle = groupColour(i);
      this.dot(context, i, size * 1.3);
    }
  }

  dot(context, item, size) {
    const [x, y] = this.screen(item);
    if (x > -5 && y > -5 && x < this.side + 5 && y < this.side + 5) context.fillRect(x - size / 2, y - size / 2, size, size);
  }

  drawLasso(context) {
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    context.beginPath();
    for (const [x, y] of this.lasso) context.lineTo(x, y);
    context.closePath();
    context.stroke();
  }

  screen(item) {
    const scale = ((this.side - 12) / EXTENT) * this.view.zoom;
    return [6 + data.positions.x[item] * scale + this.view.x, 6 + data.positions.y[item] * scale + this.view.y];
  }

  zoomBy(factor, x = this.side / 2, y = this.side / 2) {
    const zoom = Math.min(40, Math.max(1, this.view.zoom * factor));
    const ratio = zoom / this.view.zoom;
    this.view = { x: x - (x - this.view.x) * ratio, y: y - (y - this.view.y) * ratio, zoom };
    this.clear();
    this.draw();
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.dragging = [event.offsetX, event.offsetY];
    if (this.tool === "lasso") this.lasso = [this.dragging];
  }

  moved(event) {
    if (!this.dragging) return this.name(event);
    const now = [event.offsetX, event.offsetY];
    if (this.tool === "lasso") this.lasso.push(now);
    else {
      this.view.x += now[0] - this.dragging[0];
      this.view.y += now[1] - this.dragging[1];
      this.dragging = now;
    }
    return requestAnimationFrame(() => this.draw());
  }

  up() {
    const ended = this.dragging;
    this.dragging = null;
    if (!ended || this.tool !== "lasso") return;
    if (this.lasso.length < 3) this.clear();
    else this.onLasso(data.positions.x.map((_, item) => item).filter((item) => data.positions.x[item] >= 0 && inside(this.screen(item), this.lasso))
      .sort((a, b) => (data.items.score[b] ?? 0) - (data.items.score[a] ?? 0)));
    this.draw();
  }

  clear() {
    this.lasso = [];
    if (this.side) this.draw();
  }

  name(event) {
    let best = [100, -1];
    for (let i = 0; i < data.positions.x.length; i += 1) {
      const [x, y] = this.screen(i);
      const far = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2;
      if (far < best[0]) best = [far, i];
    }
    this.readout.textContent = best[1] < 0 ? `${count(data.positions.x.length)} images; flagged ones are drawn larger` : describe(best[1]);
  }
}

function describe(item) {
  return className(given(item)) + (suggested(item) >= 0 && suggested(item) !== given(item) ? `, looks like ${className(suggested(item))}` : "");
}

function groupColour(item) {
  const number = given(item);
  if (number < 0) return GROUPS[7];
  const group = data.trees.length && data.trees[0].superclasses.length > 1 ? data.trees[0].superclass_of[number] : number;
  return GROUPS[group % GROUPS.length];
}

function inside([x, y], corners) {
  let odd = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i, i += 1) {
    const [[xi, yi], [xj, yj]] = [corners[i], corners[j]];
    if ((yi > y) !== (yj > y) && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
