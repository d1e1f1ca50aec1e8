// One colour scale for all canvases: light to dark blue on a light page, dark to light on a dark one.
import { colour } from "./dom.js";

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
