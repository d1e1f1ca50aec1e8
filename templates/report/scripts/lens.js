// The lens: where the network sees the given label and the suggested one, laid over the image. `m` blinks it, `shift + m` changes what it shows.
import { colour, h, say } from "./dom.js";
import { className, data, given, suggested } from "./data.js";
import { picture } from "./picture.js";

const KINDS = [["both", "Both"], ["given", "Given"], ["suggested", "Suggested"]];
// The densest it gets: the image still shows through.
const DENSEST = 0.78;
const lensState = { on: false, kind: "both" };

export const hasMaps = (item) => Boolean(data.maps && data.maps.levels[item]);

// The picture of an item with its lens over it, and the buttons below; the picture alone where there are no maps.
export function lensed(item, alternative, side) {
  const image = picture(item, alternative, side);
  if (!hasMaps(item) || image.tagName !== "IMG") return { image, controls: null };
  const canvas = h("canvas", { class: "lens", "aria-hidden": "true" });
  const draw = () => drawLens(canvas, image, item);
  image.addEventListener("load", draw);
  new ResizeObserver(draw).observe(image);
  const controls = h("div", { class: "lens-bar", role: "group", "aria-label": "Where the network sees the labels" });
  const show = () => { controls.replaceChildren(...buttons(item, show)); draw(); };
  lensState.show = show;
  show();
  return { image: h("div", { class: "lensed" }, image, canvas), controls };
}

function buttons(item, show) {
  const act = (change) => { Object.assign(lensState, change); show(); announce(item); };
  return [
    h("button", { type: "button", class: "button lens-switch", "aria-pressed": String(lensState.on), onclick: () => act({ on: !lensState.on }) }, h("kbd", {}, "m"), "Where it looks"),
    ...KINDS.map(([kind, text]) => h("button", { type: "button", class: `button lens-kind lens-${kind}`, "aria-pressed": String(lensState.on && lensState.kind === kind),
      onclick: () => act({ on: true, kind }) }, kind === "both" ? null : h("i", { class: `swatch-${kind}`, "aria-hidden": "true" }), text)),
    lensState.on && data.maps.left_out ? h("p", { class: "muted lens-holds" }, `Holds ${data.maps.left_out}.`) : null,
  ].filter(Boolean);
}

// Whether the key was for the lens.
export function lensKey(event, item) {
  if (event.key.toLowerCase() !== "m" || !hasMaps(item) || !lensState.show) return false;
  if (event.key === "M") {
    const at = KINDS.findIndex(([kind]) => kind === lensState.kind);
    Object.assign(lensState, { on: true, kind: KINDS[(at + 1) % KINDS.length][0] });
  } else lensState.on = !lensState.on;
  lensState.show();
  announce(item);
  return true;
}

function announce(item) {
  const names = { given: className(given(item)), suggested: className(suggested(item)) };
  say(lensState.on ? `showing where it sees ${lensState.kind === "both" ? `${names.given} and ${names.suggested}` : names[lensState.kind]}` : "image without map");
}

function drawLens(canvas, image, item) {
  canvas.hidden = !lensState.on;
  if (!lensState.on || !image.naturalWidth || !image.clientWidth) return;
  for (const [side, length] of Object.entries({ left: image.offsetLeft, top: image.offsetTop, width: image.clientWidth, height: image.clientHeight })) canvas.style[side] = `${length}px`;
  const ratio = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: Math.round(image.clientWidth * ratio), height: Math.round(image.clientHeight * ratio) });
  const scale = Math.min(canvas.width / image.naturalWidth, canvas.height / image.naturalHeight);
  const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(painted(item), (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

// The map as a small picture: its colour says for which label, its density how much.
function painted(item) {
  const { side } = data.maps;
  const levels = Uint8Array.from(atob(data.maps.levels[item]), (letter) => letter.charCodeAt(0));
  const hues = { given: rgb("lens-given"), suggested: rgb("lens-suggested") };
  const context = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d");
  const pixels = context.createImageData(side, side);
  for (let place = 0; place < side * side; place += 1) {
    const strength = { given: lensState.kind === "suggested" ? 0 : levels[place], suggested: lensState.kind === "given" ? 0 : levels[side * side + place] };
    const total = strength.given + strength.suggested || 1;
    for (let channel = 0; channel < 3; channel += 1) pixels.data[4 * place + channel] = (hues.given[channel] * strength.given + hues.suggested[channel] * strength.suggested) / total;
    pixels.data[4 * place + 3] = DENSEST * Math.max(strength.given, strength.suggested);
  }
  context.putImageData(pixels, 0, 0);
  return context.canvas;
}

const rgb = (name) => [1, 3, 5].map((at) => parseInt(colour(name).slice(at, at + 2), 16));
