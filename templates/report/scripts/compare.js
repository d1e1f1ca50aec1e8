// Two images of a set, three ways: side by side, one over the other by turns, and what differs between them.
import { drawPlaced, placed } from "./align.js";
import { button, h, percent, select } from "./dom.js";
import { className, given, pathOf, word } from "./data.js";
import { loaded, picture } from "./picture.js";

const SIDE = 320;
let open = null;

export function compare(set) {
  const state = { set, pair: 0, mode: "side" };
  const body = h("div", { class: "compare-body" });
  const dialog = h("dialog", { class: "compare", "aria-label": "Compare duplicates" });
  const pairs = set.pairs.map((pair, place) => [String(place), `${pathOf(pair.a)} · ${pathOf(pair.b)}`]);
  const modes = h("div", { role: "group", "aria-label": "View", class: "modes" });
  const redraw = () => {
    clearInterval(state.timer);
    modes.replaceChildren(...[["side", "Side by side"], ["blink", "Blink"], ["difference", "Difference"]].map(([mode, text]) =>
      button(text, () => { state.mode = mode; redraw(); }, { "aria-pressed": mode === state.mode ? "true" : "false", "data-mode": mode })));
    drawPair(body, set.pairs[state.pair], state);
  };
  open = { state, redraw, dialog };
  dialog.append(h("div", { class: "toolbar" }, modes,
    pairs.length > 1 ? select("Pair", pairs, "0", (value) => { state.pair = Number(value); redraw(); }) : null,
    button("Close", () => dialog.close())), body);
  dialog.addEventListener("keydown", (event) => { if (event.key === "b") { blinkOrSide(); event.preventDefault(); } });
  dialog.addEventListener("close", () => { clearInterval(state.timer); dialog.remove(); open = null; });
  document.body.append(dialog);
  dialog.showModal();
  redraw();
}

function blinkOrSide() {
  open.state.mode = open.state.mode === "blink" ? "side" : "blink";
  open.redraw();
}

function drawPair(body, pair, state) {
  body.replaceChildren();
  if (!pair) return body.append(h("p", {}, "This set's pairs are not on this page."));
  const facts = h("p", { class: "muted" }, `${pair.kind}: ${pair.difference || "same picture"} · score ${percent(pair.score)}`, pair.q_value === null ? "" : ` · q-value ${pair.q_value}`);
  if (state.mode === "side") body.append(h("div", { class: "pair" }, side(pair.a), side(pair.b)), facts);
  else body.append(state.mode === "blink" ? blink(pair, state) : difference(pair), facts);
  return undefined;
}

function side(item) {
  return h("figure", {}, picture(item), h("figcaption", {}, h("b", {}, className(given(item))), " ", word("split", item), h("div", { class: "path muted" }, pathOf(item))));
}

// The first, then the second as it lies on the first, by turns.
function blink(pair, state) {
  const caption = h("figcaption", { class: "path" });
  const how = h("figcaption", { class: "muted" });
  const frame = h("div", { class: "blink" });
  onFirst(pair, how, (first, second) => {
    const shown = [[first.canvas, pair.a], [second.canvas, pair.b]];
    const turn = () => {
      const [canvas, item] = shown[0];
      frame.replaceChildren(canvas);
      caption.textContent = `${className(given(item))} · ${pathOf(item)}`;
      shown.reverse();
    };
    turn();
    // The view may have been left while the pictures loaded.
    if (frame.isConnected) state.timer = setInterval(turn, 600);
  });
  return h("figure", {}, frame, caption, how);
}

// Absolute difference per pixel of the overlap: grey where equal, coloured where not; beside it the first, faded.
function difference(pair) {
  const frame = h("div", { class: "blink" });
  const share = h("figcaption", { class: "muted" });
  const how = h("figcaption", { class: "muted" });
  onFirst(pair, how, (first, second) => {
    share.textContent = `${percent(drawDifference(first, second))} of the pixels that both show differ by more than 10 %`;
    frame.append(first.canvas);
  });
  return h("figure", {}, frame, share, how);
}

// Canvases of one size with the first picture, and with the second where it lies on the first.
function onFirst(pair, how, draw) {
  Promise.all([loaded(pair.a), loaded(pair.b)]).then(([a, b]) => {
    if (!a || !b) { how.textContent = "One of the two has no thumbnail on this page."; return; }
    const place = placed(a, b, pair);
    how.textContent = HOW[place ? (place.correlation ? "moved" : "whole") : "unknown"] + (place?.flip ? ", mirrored back" : "");
    const second = context(a, `${pathOf(pair.b)}, laid onto the first`);
    drawPlaced(second, b, place ?? { x: 0, y: 0, width: 1, height: 1, flip: false });
    const first = context(a, pathOf(pair.a));
    first.drawImage(a, 0, 0, first.canvas.width, first.canvas.height);
    draw(first, second);
  });
}

const HOW = { moved: "The second is laid onto the first where the two match", whole: "Both show the whole picture, at one size", unknown: "The second could not be laid onto the first: stretched to its size" };

function context(image, label) {
  const scale = SIDE / Math.max(image.naturalWidth, image.naturalHeight);
  const [width, height] = [image.naturalWidth, image.naturalHeight].map((length) => Math.max(1, Math.round(length * scale)));
  return h("canvas", { width, height, role: "img", "aria-label": label }).getContext("2d", { willReadFrequently: true });
}

// Draws over the first; returns the share of differing pixels.
function drawDifference(first, second) {
  const { width, height } = first.canvas;
  const [a, b] = [first.getImageData(0, 0, width, height), second.getImageData(0, 0, width, height)];
  let [differing, shared] = [0, 0];
  for (let i = 0; i < a.data.length; i += 4) {
    if (b.data[i + 3] < 255) { a.data[i + 3] = 60; continue; }
    const change = Math.max(Math.abs(a.data[i] - b.data[i]), Math.abs(a.data[i + 1] - b.data[i + 1]), Math.abs(a.data[i + 2] - b.data[i + 2]));
    const grey = (a.data[i] + a.data[i + 1] + a.data[i + 2]) / 6 + 64;
    const share = Math.min(1, change / 96);
    if (change > 25) differing += 1;
    shared += 1;
    a.data[i] = grey * (1 - share) + 230 * share;
    a.data[i + 1] = grey * (1 - share) + 90 * share;
    a.data[i + 2] = grey * (1 - share);
  }
  first.putImageData(a, 0, 0);
  return shared ? differing / shared : 0;
}
