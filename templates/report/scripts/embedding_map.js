// All images as points where the network put them: wheel or buttons zoom, drag moves, the lasso sends points to the gallery.
import { button, colour, count, h, select } from "./dom.js";
import { className, data, given, pathOf, setOf, suggested } from "./data.js";
import { GROUPS, groupOf, shade, sized } from "./scale.js";
import { picture } from "./picture.js";

const EXTENT = 4095;
const AROUND = 24;
// Beyond this many points squares are drawn instead of discs, which take several times as long.
const MOST_DISCS = 20_000;

export class EmbeddingMap {
  constructor(onLasso) {
    Object.assign(this, { onLasso, view: { x: 0, y: 0, zoom: 1 }, by: "suspicion", lasso: [], tool: "lasso", focus: -1, around: AROUND, base: document.createElement("canvas") });
    this.canvas = h("canvas", { class: "map", tabindex: "0", role: "application",
      "aria-label": "Map of the images by similarity. Arrow keys go from image to image; Enter shows those around it in the gallery, Enter again twice as many; plus and minus zoom." });
    this.readout = h("p", { class: "map-readout", "aria-live": "polite" });
    this.key = h("div", { class: "map-key muted" });
    this.toolbar = h("div", { class: "map-tools" });
    this.element = h("div", { class: "map-frame" }, h("h2", {}, "Map of similarity"), this.toolbar, this.canvas, this.key, this.readout);
    if (!data.positions) this.element.replaceChildren(h("p", { class: "muted" }, "No map: this run kept no embeddings."));
    else this.listen();
  }

  listen() {
    this.canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX, event.offsetY); }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.moved(event));
    this.canvas.addEventListener("pointerup", () => this.up());
    this.canvas.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey && this.pressed(event.key)) event.preventDefault(); });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  drawTools() {
    const press = (tool, text) => button(text, () => { this.tool = tool; this.draw(); }, { "aria-pressed": this.tool === tool ? "true" : "false" });
    this.toolbar.replaceChildren(select("Colour by", [["suspicion", "Suspicion"], ["class", data.trees.length ? "Superclass" : "Class"]], this.by, (value) => { this.by = value; this.draw(); }),
      press("lasso", "Lasso"), press("move", "Move"), button("+", () => this.zoomBy(1.5), { "aria-label": "Zoom in", class: "button icon" }),
      button("−", () => this.zoomBy(1 / 1.5), { "aria-label": "Zoom out", class: "button icon" }), button("Whole map", () => { this.view = { x: 0, y: 0, zoom: 1 }; this.draw(); }));
    const swatch = (tone, text) => h("span", {}, dotOf(tone), ` ${text}`);
    const names = data.trees.length && data.trees[0].superclasses.length > 1 ? data.trees[0].superclasses : data.names;
    this.key.replaceChildren(...(this.by === "suspicion" ? [swatch(colour("bad"), "label looks wrong"), swatch(shade(0.3), "other images")]
      : [...names.slice(0, GROUPS.length).map((name, at) => swatch(GROUPS[at], name)), names.length > GROUPS.length ? `and ${count(names.length - GROUPS.length)} more in the same colours` : ""]));
  }

  draw() {
    if (!data.positions || !this.element.clientWidth) return;
    this.drawTools();
    this.side = Math.min(this.element.clientWidth - 34, Math.max(260, innerHeight - 330));
    this.canvas.dataset.tool = this.tool;
    const context = sized(this.base, this.side, this.side);
    context.fillStyle = colour("surface");
    context.fillRect(0, 0, this.side, this.side);
    this.drawPoints(context);
    this.context = sized(this.canvas, this.side, this.side);
    this.paint();
  }

  // The lasso and the focus over the points, which are drawn only when the view changes.
  paint() {
    if (!this.context) return;
    this.context.drawImage(this.base, 0, 0, this.side, this.side);
    if (this.lasso.length) this.drawLasso(this.context);
    if (this.focus < 0) return;
    const [x, y] = this.screen(this.focus);
    this.context.strokeStyle = colour("text");
    this.context.lineWidth = 2;
    this.context.beginPath();
    this.context.arc(x, y, 8, 0, 2 * Math.PI);
    this.context.stroke();
  }

  drawPoints(context) {
    const { x } = data.positions;
    const size = Math.max(1.5, Math.min(7, 170 / Math.sqrt(x.length))) * Math.sqrt(this.view.zoom);
    const plain = shade(0.3);
    const late = [];
    context.globalAlpha = 0.8;
    for (let i = 0; i < x.length; i += 1) {
      if (x[i] < 0) continue;
      if (data.items.flagged[i]) { late.push(i); continue; }
      context.fillStyle = this.by === "class" ? groupColour(i) : plain;
      this.dot(context, i, size);
    }
    context.globalAlpha = 1;
    context.fillStyle = colour("bad");
    for (const i of late) {
      if (this.by === "class") context.fillStyle = groupColour(i);
      this.dot(context, i, size * 1.3);
    }
  }

  dot(context, item, size) {
    const [x, y] = this.screen(item);
    if (x < -5 || y < -5 || x > this.side + 5 || y > this.side + 5) return;
    if (data.positions.x.length > MOST_DISCS) return context.fillRect(x - size / 2, y - size / 2, size, size);
    context.beginPath();
    context.arc(x, y, size / 2, 0, 2 * Math.PI);
    return context.fill();
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
    this.lasso = [];
    this.draw();
  }

  down(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.dragging = [event.offsetX, event.offsetY];
    if (this.tool === "lasso") this.lasso = [this.dragging];
  }

  moved(event) {
    const now = [event.offsetX, event.offsetY];
    if (!this.dragging) return this.point(this.closest(now, 10));
    if (this.tool === "lasso") {
      this.lasso.push(now);
      return this.paint();
    }
    this.view.x += now[0] - this.dragging[0];
    this.view.y += now[1] - this.dragging[1];
    this.dragging = now;
    return requestAnimationFrame(() => this.draw());
  }

  up() {
    const ended = this.dragging;
    this.dragging = null;
    if (!ended || this.tool !== "lasso") return;
    if (this.lasso.length < 3) this.clear();
    else this.onLasso(this.placed().filter((item) => inside(this.screen(item), this.lasso)).sort(worstFirst));
    this.paint();
  }

  clear() {
    this.lasso = [];
    this.paint();
  }

  pressed(key) {
    if (key === "+" || key === "-") this.zoomBy(key === "+" ? 1.5 : 1 / 1.5, ...(this.focus < 0 ? [] : this.screen(this.focus)));
    else if (key === "Enter") this.showAround();
    else if (key.startsWith("Arrow")) this.point(this.focus < 0 ? this.closest([this.side / 2, this.side / 2], Infinity) : this.towards(key));
    else return false;
    return true;
  }

  // The keyboard's lasso: the images closest on the map; each time again, twice as many.
  showAround() {
    if (this.focus < 0) return;
    const far = this.distances(this.screen(this.focus));
    this.onLasso(this.placed().sort((a, b) => far(a) - far(b)).slice(0, this.around));
    this.around *= 2;
  }

  // The closest image within a right angle around an arrow's direction.
  towards(key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const [x, y] = this.screen(this.focus);
    let best = [Infinity, this.focus];
    for (const item of this.placed()) {
      const [at, beside] = this.screen(item);
      const along = (at - x) * dx + (beside - y) * dy;
      const across = Math.abs((at - x) * dy) + Math.abs((beside - y) * dx);
      if (along > 0.5 && across <= along && along + across < best[0]) best = [along + across, item];
    }
    return best[1];
  }

  placed() {
    return data.positions.x.map((_, item) => item).filter((item) => data.positions.x[item] >= 0);
  }

  distances([x, y]) {
    return (item) => { const [at, beside] = this.screen(item); return (at - x) ** 2 + (beside - y) ** 2; };
  }

  closest(point, reach) {
    const far = this.distances(point);
    let best = [reach ** 2, -1];
    for (let item = 0; item < data.positions.x.length; item += 1) {
      if (data.positions.x[item] >= 0 && far(item) < best[0]) best = [far(item), item];
    }
    return best[1];
  }

  point(item) {
    if (item < 0 || item === this.focus) return;
    this.focus = item;
    this.around = AROUND;
    this.paint();
    this.readout.replaceChildren(h("a", { href: `#review?${new URLSearchParams({ item: pathOf(item) })}` }, picture(item, "")), h("span", {}, describe(item), h("span", { class: "path muted" }, pathOf(item))));
  }
}

const worstFirst = (a, b) => (data.items.score[b] ?? 0) - (data.items.score[a] ?? 0);

function describe(item) {
  return className(given(item)) + (suggested(item) >= 0 && suggested(item) !== given(item) ? `, looks like ${className(suggested(item))}` : "");
}

// Of several labels the first.
function groupColour(item) {
  const [first] = setOf(given(item));
  return GROUPS[first === undefined ? GROUPS.length - 1 : groupOf(first) % GROUPS.length];
}

function dotOf(tone) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const context = sized(canvas, 10, 10);
  context.fillStyle = tone;
  context.arc(5, 5, 4.5, 0, 2 * Math.PI);
  context.fill();
  return canvas;
}

function inside([x, y], corners) {
  let odd = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i, i += 1) {
    const [[xi, yi], [xj, yj]] = [corners[i], corners[j]];
    if ((yi > y) !== (yj > y) && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
