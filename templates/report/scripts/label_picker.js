// Choosing among many labels: type a part of the name, arrows, Enter.
import { button, h } from "./dom.js";
import { className, data, given, labelOf, suggested } from "./data.js";

const LABELS_SHOWN = 200;

export const chooseLabel = (item) => chooseClass([suggested(item), ...neighbourLabels(item)], { given: given(item), suggested: suggested(item) });

// A promise of the chosen class name, or null when the reader thought better of it. `likely`: classes to offer first.
export function chooseClass(likely, said) {
  return new Promise((resolve) => {
    let at = 0;
    let found = [];
    const input = h("input", { type: "search", "aria-label": "Find a label", placeholder: "Find a label", autocomplete: "off", role: "combobox",
      "aria-expanded": "true", "aria-controls": "labels" });
    const list = h("ul", { class: "labels", role: "listbox", id: "labels", "aria-label": "Labels" });
    const dialog = h("dialog", { class: "picker", "aria-label": "Choose another label" }, h("h2", {}, "Choose another label"), input, list,
      button("Cancel", () => dialog.close()));
    const finish = (name) => {
      dialog.returnValue = "";
      resolve(name);
      dialog.close();
    };
    const draw = () => {
      found = matching(input.value, likely);
      at = Math.min(at, Math.max(found.length - 1, 0));
      list.replaceChildren(...found.slice(0, LABELS_SHOWN).map((number, place) => h("li", {
        role: "option", id: `label-${place}`, "aria-selected": place === at ? "true" : "false", onclick: () => finish(labelOf(number)),
      }, className(number), className(number).includes(labelOf(number)) ? null : h("span", { class: "muted" }, ` ${labelOf(number)}`), number === said.given ? h("span", { class: "muted" }, " given") : number === said.suggested ? h("span", { class: "muted" }, " suggested") : null)));
      input.setAttribute("aria-activedescendant", found.length ? `label-${at}` : "");
      list.children[at]?.scrollIntoView({ block: "nearest" });
    };
    input.addEventListener("input", () => { at = 0; draw(); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") at += 1;
      else if (event.key === "ArrowUp") at = Math.max(0, at - 1);
      else if (event.key === "Enter" && found.length) return finish(labelOf(found[at]));
      else return undefined;
      event.preventDefault();
      return draw();
    });
    dialog.addEventListener("close", () => { resolve(null); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
    input.focus();
    draw();
  });
}

// Names that begin with the text first, then names that hold it; without text the likely ones first.
function matching(text, likely) {
  const wanted = text.trim().toLowerCase();
  const all = data.classes.map((_, number) => number);
  if (!wanted) return [...new Set([...likely, ...all])].filter((number) => number >= 0);
  const names = data.names.map((name, number) => (name.includes(labelOf(number)) ? name : `${name} ${labelOf(number)}`).toLowerCase());
  return [...all.filter((n) => names[n].startsWith(wanted)), ...all.filter((n) => !names[n].startsWith(wanted) && names[n].includes(wanted))];
}

const neighbourLabels = (item) => (data.neighbours[item] || []).map(([other]) => given(other));
