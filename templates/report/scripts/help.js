// The keyboard, on one card.
import { $, button, h } from "./dom.js";
import { served } from "./server.js";

const KEYS = [
  ["k", "keep the given label"], ["r", "relabel to the suggestion"], ["l", "choose another label"], ["x", "exclude the image"],
  ["a", "ambiguous: more than one label fits"], ["u", "undo"], ["→ or j", "next"], ["← or p", "previous"],
  ["m, shift + m", "show where the network sees the labels; given, suggested or both"], ["b", "blink two duplicates"], ["arrows, Enter", "move and choose in tree, matrix, charts and map"], ["shift + arrows", "take several classes together"],
  ...(served ? [["space, shift + arrows, *", "choose images of the sheet: one more, a row, all"], ["e", "choose everything like this"], ["s", "similar images"], ["Enter", "one image at full size"]] : []),
  ["d, s, a", "a set of duplicates: drop all but one, not the same picture, keep all"], ["Esc", "clear the selection"], ["?", "this card"],
];

export function startHelp() {
  const card = h("dialog", { "aria-label": "Keyboard shortcuts" },
    h("h2", {}, "Keyboard"),
    h("dl", { class: "pairs keys" }, KEYS.map(([key, meaning]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, meaning)])),
    h("p", { class: "muted" }, served ? "Decisions are kept in review.jsonl of the run as they are made." : "Decisions stay in this browser. Download them and run: datadoctor apply decisions.csv"),
    button("Close", () => card.close(), { class: "button primary", autofocus: true }));
  document.body.append(card);
  $("help").addEventListener("click", () => card.showModal());
  addEventListener("keydown", (event) => {
    if (event.key === "?" && !event.target.matches("input, textarea") && !card.open) card.showModal();
  });
}
