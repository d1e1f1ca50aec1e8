// The class tree as an icicle: depth from left to right, classes from top to bottom in leaf order; the darker, the lower its recall.
import { colour, h } from "./dom.js";
import { data } from "./data.js";
import { recalls } from "./confusion.js";
import { Pointed } from "./pointed.js";
import { fitted, groupName, shade, sized } from "./scale.js";

const NAMES = 120;
const LEVEL = 44;
const LINE = 13;

export class Icicle {
  constructor({ onNode, onRange, onZoom, onName }) {
    Object.assign(this, { onNode, onRange, onName, boxes: [], focus: 0, anchor: null });
    this.canvas = h("canvas", { class: "icicle", tabindex: "0", role: "application",
      "aria-label": "Class tree. Up and down go to the next group of the same depth, left to the group around it, right into it; with shift, several classes. Enter shows the images." });
    this.canvas.addEventListener("dblclick", onZoom);
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("mousemove", (event) => { const node = this.nodeAt(event.offsetX, event.offsetY); if (node !== null) onName(node); });
    new Pointed(this.canvas, {
      place: (x, y) => this.leafAt(y),
      click: (x, y) => { const node = this.nodeAt(x, y); if (node !== null) { this.focus = node; onNode(node); } },
      drag: (from, to) => this.onRange(sorted(from, to)),
    });
  }

  draw({ state, span, width, height }) {
    Object.assign(this, { state, span, width, height });
    const context = sized(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    this.boxes = data.trees.length ? layout(data.trees[state.tree], span, width, height) : [];
    if (!this.boxes.length) return;
    const tree = data.trees[state.tree];
    const recall = recalls(state);
    for (const box of this.boxes) drawBox(context, box, tree, recall[box.node], isSelected(state.selected, tree, box));
    if (document.activeElement === this.canvas) this.drawFocus(context);
  }

  drawFocus(context) {
    const box = this.boxes.find(({ node }) => node === this.focus);
    if (!box) return;
    context.strokeStyle = colour("bad");
    context.lineWidth = 2;
    context.strokeRect(box.x + 1, Math.max(box.y, 0) + 1, box.w - 3, Math.min(box.h, this.height) - 3);
  }

  nodeAt(x, y) {
    const hit = this.boxes.filter((box) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h);
    return hit.length ? hit[hit.length - 1].node : null;
  }

  leafAt(y) {
    const at = this.span[0] + Math.floor((y / this.height) * (this.span[1] - this.span[0]));
    return Math.min(Math.max(at, this.span[0]), this.span[1] - 1);
  }

  key(event) {
    const tree = data.trees[this.state?.tree];
    if (!tree) return;
    const went = this.next(tree, event.key);
    if (event.key === "Enter") this.onNode(this.focus);
    else if (went === null) return;
    else this.go(tree, went, event.shiftKey);
    event.preventDefault();
  }

  go(tree, node, extend) {
    if (!extend) this.anchor = null;
    else if (this.anchor === null) this.anchor = this.focus;
    this.focus = node;
    this.onName(node);
    if (extend) this.onRange(sorted(tree.first[this.anchor], tree.last[this.anchor], tree.first[node], tree.last[node]));
    else this.draw(this);
  }

  // The node that an arrow leads to, null for other keys; at an edge it stays.
  next(tree, key) {
    const now = this.focus;
    if (key === "ArrowLeft") return tree.parent[now] >= 0 ? tree.parent[now] : now;
    if (key === "ArrowRight") return Math.max(now, tree.parent.indexOf(now));
    if (key !== "ArrowUp" && key !== "ArrowDown") return null;
    const down = key === "ArrowDown";
    const depth = depthOf(tree, now);
    const same = this.boxes.map(({ node }) => node).filter((node) => depthOf(tree, node) === depth && (down ? tree.first[node] > tree.last[now] : tree.last[node] < tree.first[now]));
    return same.length ? same.reduce((best, node) => ((tree.first[node] < tree.first[best]) === down ? node : best)) : now;
  }
}

const sorted = (...places) => [Math.min(...places), Math.max(...places)];

function depthOf(tree, node) {
  let depth = 0;
  for (let above = tree.parent[node]; above >= 0; above = tree.parent[above]) depth += 1;
  return depth;
}

function isSelected(selected, tree, box) {
  if (!selected) return false;
  if (selected.range) return selected.range[0] <= tree.first[box.node] && tree.last[box.node] <= selected.range[1];
  return selected.node === box.node;
}

// Groups within groups: each one's depth, whether it is a group, and how many levels there are.
function nesting(tree) {
  const depth = tree.parent.map(() => 0);
  tree.parent.forEach((parent, node) => { if (parent >= 0) depth[node] = depth[parent] + 1; });
  const inner = tree.first.map((first, node) => first !== tree.last[node]);
  return { depth, inner, levels: Math.max(1, ...depth.filter((_, node) => inner[node])) + 1 };
}

// The deeper the tree, the more room its names need.
export const widthOf = (tree) => (tree ? NAMES + LEVEL * nesting(tree).levels : 0);

function layout(tree, span, width, height) {
  const { depth, inner, levels } = nesting(tree);
  const scale = height / (span[1] - span[0]);
  const names = scale >= 9 ? Math.min(NAMES, width * 0.45) : 14;
  const step = (width - names) / levels;
  return tree.name.map((_, node) => ({ node, inner: inner[node], x: inner[node] ? depth[node] * step : Math.min(depth[node] * step, width - names),
    w: inner[node] ? step : width - Math.min(depth[node] * step, width - names), y: (tree.first[node] - span[0]) * scale, h: (tree.last[node] + 1 - tree.first[node]) * scale }))
    .filter((box) => box.y < height - 0.01 && box.y + box.h > 0.01);
}

function drawBox(context, box, tree, recall, selected) {
  const gap = box.h > 3 ? 1 : 0;
  context.fillStyle = selected ? colour("accent") : recall === null ? colour("sunken") : shade(0.3 * (1 - recall));
  context.fillRect(box.x, box.y, box.w - 1, box.h - gap);
  if (box.h < 9) return;
  context.fillStyle = selected ? colour("on-accent") : colour("text");
  context.font = `${Math.min(12, Math.max(9, box.h - 2))}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const [top, end] = [Math.max(box.y, 0), Math.min(box.y + box.h, context.canvas.clientHeight)];
  const name = groupName(tree, tree.name[box.node]);
  const upright = context.measureText(name).width > box.w - 7 && end - top > box.w && box.w > LINE;
  context.save();
  if (upright) {
    context.translate(box.x + box.w / 2, (top + end) / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(fitted(context, name, end - top - 7), 0, 0);
  } else context.fillText(fitted(context, name, box.w - 7), box.x + 4, (top + end) / 2);
  context.restore();
}
