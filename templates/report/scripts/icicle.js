// The class tree as an icicle: depth from left to right, classes from top to bottom in leaf order; the darker, the lower its recall.
import { colour } from "./dom.js";
import { data } from "./data.js";
import { recalls } from "./confusion.js";
import { shade, sized } from "./scale.js";

const boxes = new WeakMap();

export function drawIcicle(canvas, state, span, width, height) {
  const context = sized(canvas, width, height);
  context.clearRect(0, 0, width, height);
  if (!data.trees.length) return boxes.set(canvas, []);
  const tree = data.trees[state.tree];
  const drawn = layout(tree, span, width, height);
  const recall = recalls(state);
  for (const box of drawn) drawBox(context, box, tree, recall[box.node], state.selected?.node === box.node);
  return boxes.set(canvas, drawn);
}

function layout(tree, span, width, height) {
  const depth = tree.parent.map(() => 0);
  tree.parent.forEach((parent, node) => { if (parent >= 0) depth[node] = depth[parent] + 1; });
  const inner = tree.first.map((first, node) => first !== tree.last[node]);
  const levels = Math.max(1, ...depth.filter((_, node) => inner[node])) + 1;
  const scale = height / (span[1] - span[0]);
  const names = scale >= 9 ? Math.min(120, width * 0.45) : 14;
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
  context.save();
  context.beginPath();
  context.rect(box.x, Math.max(box.y, 0), box.w - 3, box.h);
  context.clip();
  context.fillStyle = selected ? colour("on-accent") : colour("text");
  context.font = `${Math.min(12, Math.max(9, box.h - 2))}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const middle = (Math.max(box.y, 0) + Math.min(box.y + box.h, context.canvas.clientHeight)) / 2;
  context.fillText(tree.name[box.node].replace(/\s+/g, " "), box.x + 4, middle);
  context.restore();
}

export function nodeAt(canvas, x, y) {
  const hit = (boxes.get(canvas) || []).filter((box) => x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h);
  return hit.length ? hit[hit.length - 1].node : null;
}
