// Two images of a set, three ways: side by side, one over the other by turns, and what differs between them.
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

function blink(pair, state) {
  const caption = h("figcaption", { class: "path" });
  const frame = h("div", { class: "blink" });
  let second = false;
  const turn = () => {
    const item = second ? pair.b : pair.a;
    frame.replaceChildren(picture(item));
    caption.textContent = `${className(given(item))} · ${pathOf(item)}`;
    second = !second;
  };
  turn();
  state.timer = setInterval(turn, 600);
  return h("figure", {}, frame, caption);
}

// Absolute difference per pixel, both stretched to one square: grey where equal, coloured where not.
function difference(pair) {
  const canvas = h("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": "Difference of the two images" });
  const share = h("figcaption", { class: "muted" });
  Promise.all([loaded(pair.a), loaded(pair.b)]).then(([a, b]) => {
    if (!a || !b) { share.textContent = "One of the two has no thumbnail on this page."; return; }
    share.textContent = `${percent(drawDifference(canvas, pixels(a), pixels(b)))} of the pixels differ by more than 10 %, both stretched to one square`;
  });
  return h("figure", {}, canvas, share);
}

function pixels(image) {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, SIDE, SIDE);
  return context.getImageData(0, 0, SIDE, SIDE);
}

function drawDifference(canvas, a, b) {
  let differing = 0;
  for (let i = 0; i < a.data.length; i += 4) {
    const change = Math.max(Math.abs(a.data[i] - b.data[i]), Math.abs(a.data[i + 1] - b.data[i + 1]), Math.abs(a.data[i + 2] - b.data[i + 2]));
    const grey = (a.data[i] + a.data[i + 1] + a.data[i + 2]) / 6 + 64;
    const share = Math.min(1, change / 96);
    if (change > 25) differing += 1;
    a.data[i] = grey * (1 - share) + 230 * share;
    a.data[i + 1] = grey * (1 - share) + 90 * share;
    a.data[i + 2] = grey * (1 - share);
  }
  canvas.getContext("2d").putImageData(a, 0, 0);
  return differing / (a.data.length / 4);
}
