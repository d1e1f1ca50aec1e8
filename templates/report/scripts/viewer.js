// One image at its full size: wheel or + and - zoom, a drag moves it, arrows go on through the gallery.
import { button, h } from "./dom.js";
import { className } from "./data.js";
import { pictureAddress } from "./server.js";
import { knowFacts } from "./sheet_facts.js";

const MOST = 16;

// `moved` is told the number in `places` that is shown.
export function view(places, start, moved) {
  const state = { at: start, scale: 1, x: 0, y: 0, number: 0 };
  const image = h("img", { alt: "", draggable: "false" });
  const frame = h("div", { class: "viewer-frame" }, image);
  const caption = h("p", { class: "path" });
  const dialog = h("dialog", { class: "viewer", "aria-label": "One image" }, frame,
    h("div", { class: "viewer-bar" }, caption, h("span", { class: "grow" }), button("←", () => go(-1), { "aria-label": "Previous image" }), button("→", () => go(1), { "aria-label": "Next image" }),
      button("−", () => zoom(0.5), { "aria-label": "Zoom out" }), button("+", () => zoom(2), { "aria-label": "Zoom in" }), button("Fit", fit), button("Close", () => dialog.close(), { class: "button primary" })));
  const place = () => { image.style.transform = `translate(${state.x}px, ${state.y}px) scale(${state.scale})`; };
  function fit() { Object.assign(state, { scale: 1, x: 0, y: 0 }); place(); }
  function zoom(factor) {
    state.scale = Math.min(Math.max(state.scale * factor, 1), MOST);
    if (state.scale === 1) return fit();
    return place();
  }
  async function go(step) {
    state.at = Math.min(Math.max(state.at + step, 0), places.length - 1);
    const number = state.number += 1;
    const one = await knowFacts(places[state.at]);
    if (number !== state.number) return;
    fit();
    // The smaller picture is there at once; the whole one follows.
    image.src = pictureAddress(places[state.at], one.version, 768);
    const whole = new Image();
    whole.src = pictureAddress(places[state.at], one.version, 0);
    whole.decode().then(() => { if (number === state.number) { image.src = whole.src; image.classList.toggle("tiny", Math.max(whole.naturalWidth, whole.naturalHeight) < 256); } }, () => {});
    image.alt = one.path;
    caption.textContent = `${className(one.given)}${one.suggested >= 0 && one.suggested !== one.given ? ` → ${className(one.suggested)}` : ""} · ${one.path} · ${one.width} × ${one.height}`;
    moved(state.at);
    const next = places[state.at + 1];
    if (next !== undefined) knowFacts(next).then((soon) => { new Image().src = pictureAddress(next, soon.version, 768); });
  }
  frame.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY < 0 ? 1.25 : 0.8); }, { passive: false });
  let from = null;
  frame.addEventListener("pointerdown", (event) => { from = [event.clientX - state.x, event.clientY - state.y]; frame.setPointerCapture(event.pointerId); });
  frame.addEventListener("pointermove", (event) => { if (from && state.scale > 1) { [state.x, state.y] = [event.clientX - from[0], event.clientY - from[1]]; place(); } });
  frame.addEventListener("pointerup", () => { from = null; });
  dialog.addEventListener("keydown", (event) => {
    const act = { ArrowRight: () => go(1), ArrowLeft: () => go(-1), "+": () => zoom(2), "-": () => zoom(0.5), 0: fit }[event.key];
    if (act) { act(); event.preventDefault(); }
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  go(0);
}
