// Choosing the several labels of an image: each class is there or not; the rest stay as they are.
import { button, h } from "./dom.js";
import { className, data, setOf, setText } from "./data.js";

const SHOWN = 200;

// A promise of the labels as one text, or null when the reader thought better of it. `from`: number of the set to start with.
export function chooseSet(from, given) {
  return new Promise((resolve) => {
    const chosen = new Set(setOf(from));
    const before = new Set(setOf(given));
    const input = h("input", { type: "search", "aria-label": "Find a label", placeholder: "Find a label", autocomplete: "off" });
    const list = h("ul", { class: "labels", "aria-label": "Labels" });
    const finish = () => {
      resolve(setText([...chosen].sort((a, b) => a - b)));
      dialog.close();
    };
    const dialog = h("dialog", { class: "picker", "aria-label": "Choose the labels" }, h("h2", {}, "Which of these does it show?"), input, list,
      h("div", { class: "actions" }, button("Done", finish), button("Cancel", () => dialog.close())));
    const draw = () => {
      const wanted = input.value.trim().toLowerCase();
      const all = data.classes.map((_, number) => number).filter((number) => className(number).toLowerCase().includes(wanted));
      const first = (number) => (before.has(number) || chosen.has(number) ? 0 : 1);
      list.replaceChildren(...all.sort((a, b) => first(a) - first(b) || a - b).slice(0, SHOWN).map((number) => h("li", {}, h("label", {},
        h("input", { type: "checkbox", checked: chosen.has(number), onchange: (event) => { if (event.target.checked) chosen.add(number); else chosen.delete(number); } }),
        ` ${className(number)}`, before.has(number) ? h("span", { class: "muted" }, " given") : null))));
    };
    input.addEventListener("input", draw);
    dialog.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); finish(); } });
    dialog.addEventListener("close", () => { resolve(null); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
    draw();
  });
}
