// Tables: the alternative to every chart, and those that are read for themselves.
import { button, count, h } from "./dom.js";

const ROWS_SHOWN = 50;

// `columns`: [[name, isNumber]...]; `rows`: [{ cells, choose? }...]; a row with `choose` has its first cell as a button.
export function table(caption, columns, rows) {
  const body = h("tbody");
  const more = h("p");
  const fill = (most) => {
    body.replaceChildren(...rows.slice(0, most).map((row) => line(columns, row)));
    more.replaceChildren(...rows.length > most ? [button(`Show ${count(Math.min(rows.length - most, most))} more of ${count(rows.length - most)}`, () => fill(most * 2))] : []);
  };
  fill(ROWS_SHOWN);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "chart-table" }, h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, columns.map(([name, number]) => h("th", { scope: "col", class: number ? "number" : null }, name)))), body), more);
}

function line(columns, { cells, choose }) {
  return h("tr", {}, cells.map((cell, at) => (at === 0
    ? h("th", { scope: "row" }, choose ? h("button", { type: "button", class: "link", onclick: choose }, cell) : cell)
    : h("td", { class: columns[at][1] ? "number" : null }, cell))));
}

// An entry of a list of classes or confusions: its name, a figure, and where it leads.
export function row(name, figure, choose) {
  return h("li", {}, h("button", { type: "button", class: "row", onclick: choose }, h("span", {}, name), h("span", { class: "muted" }, figure)));
}

// The table that stands for a chart, folded away.
export function asTable(caption, columns, rows) {
  return h("details", { class: "as-table" }, h("summary", {}, `As a table: ${caption}`), table(caption, columns, rows));
}
