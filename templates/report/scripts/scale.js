// One colour scale for all canvases: light to dark blue on a light page, dark to light on a dark one.
import { colour, h } from "./dom.js";
import { data } from "./data.js";

// Okabe and Ito's colours, told apart with any colour vision; more groups than colours share them in turn.
export const GROUPS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8a8a00", "#7f7f7f"];

// The group that a class is coloured by: its superclass, or itself where there is but one.
export function groupOf(number) {
  return data.trees.length && data.trees[0].superclasses.length > 1 ? data.trees[0].superclass_of[number] : number;
}

const LIGHT = [[222, 232, 247], [120, 163, 219], [47, 91, 208], [24, 36, 107]];
const DARK = [[38, 52, 92], [59, 98, 190], [122, 168, 255], [228, 238, 255]];

function isDark() {
  return parseInt(colour("ground").slice(1, 3), 16) < 128;
}

// share in [0, 1] to a CSS colour.
export function shade(share) {
  const stops = isDark() ? DARK : LIGHT;
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return `rgb(${stops[low].map((from, i) => Math.round(from + (stops[low + 1][i] - from) * (at - low))).join(" ")})`;
}

// Sharp on screens with several device pixels a CSS pixel; returns a context in CSS pixels.
export function sized(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

// A strip of the colour scale between two shares, with what its ends stand for.
export const legend = (low, high, least, most) => strip((share) => shade(low + (high - low) * share), least, most);

function strip(colourOf, least, most) {
  const canvas = h("canvas", { class: "legend-strip", "aria-hidden": "true" });
  const context = sized(canvas, 80, 10);
  for (let x = 0; x < 80; x += 1) {
    context.fillStyle = colourOf(x / 79);
    context.fillRect(x, 0, 1, 10);
  }
  return h("span", { class: "legend-entry muted" }, least, canvas, most);
}

// From blue over the page's ground to orange, which any colour vision tells apart; share in [-1, 1].
export function diverging(share) {
  const ends = isDark() ? [[90, 160, 255], [28, 28, 32], [255, 160, 60]] : [[20, 90, 180], [247, 247, 245], [200, 90, 0]];
  const strength = Math.min(Math.abs(share), 1);
  const end = ends[share < 0 ? 0 : 2];
  return `rgb(${ends[1].map((middle, i) => Math.round(middle + (end[i] - middle) * strength)).join(" ")})`;
}

export const divergingLegend = (least, most) => strip((share) => diverging(share * 2 - 1), least, most);

// Of a given group's "car, auto, automobile" the first name; a learnt one is named by its members.
export const groupName = (tree, name) => (tree.origin === "given" ? name.split(", ")[0] : name).replace(/\s+/g, " ");

// As much of a text as fits, with an ellipsis where it is cut; nothing where fewer than three letters are left.
export function fitted(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  let letters = text.length - 1;
  while (letters > 2 && context.measureText(`${text.slice(0, letters)}…`).width > room) letters -= 1;
  return letters > 2 ? `${text.slice(0, letters).trimEnd()}…` : "";
}
