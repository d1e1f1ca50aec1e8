// Linked histograms: each counts what passes all other filters; a drag over bars, or two numbers, filters by it.
import { count, h } from "./dom.js";
import { ask } from "./server.js";
import { question, value } from "./sheet_state.js";

const NAMES = { p: "Likely wrong", side: "Longer side, px", brightness: "Brightness" };
const latest = { number: 0 };

export async function drawHistograms(space, changed) {
  const number = latest.number += 1;
  const found = await ask("histograms", question());
  if (number !== latest.number) return;
  const drawn = Object.entries(found.bars).map(([name, bars]) => histogram(name, bars, changed));
  space.replaceChildren(...[found.split ? splits(found.split, changed) : null, ...drawn].filter(Boolean));
}

function splits({ words, counts }, changed) {
  const most = Math.max(...counts, 1);
  return h("div", { class: "histogram words" }, h("b", {}, "Split"), words.map((word, at) => {
    const bar = h("i", { "aria-hidden": "true" });
    bar.style.width = `${(100 * counts[at]) / most}%`;
    const chosen = value("split") === word && word !== "";
    return h("button", { type: "button", class: "bar-row", "aria-pressed": String(chosen), onclick: () => changed({ split: chosen ? "" : word }) },
      h("span", {}, word || "(none)"), bar, h("span", { class: "muted" }, count(counts[at])));
  }));
}

function histogram(name, { edges, counts }, changed) {
  const [low, high] = rangeOf(name);
  const most = Math.max(...counts, 1);
  const bars = counts.map((number, at) => {
    const bar = h("i", { "data-at": at, title: `${edges[at]} to ${edges[at + 1]}: ${count(number)}` });
    bar.style.height = `${number ? 4 + (96 * Math.sqrt(number)) / Math.sqrt(most) : 0}%`;
    if (edges[at + 1] <= low || edges[at] >= high) bar.classList.add("outside");
    return h("span", { "data-at": at }, bar);
  });
  const plot = h("div", { class: "bins", "aria-hidden": "true" }, bars);
  const apply = (from, to) => changed({ [name]: from <= edges[0] && to >= edges[edges.length - 1] ? "" : `${from}~${to}` });
  draggable(plot, (first, last) => apply(edges[first], edges[last + 1]));
  const ends = { from: Number.isFinite(low) ? low : edges[0], to: Number.isFinite(high) ? high : edges[edges.length - 1] };
  const field = (end, text) => h("input", { type: "number", step: "any", "aria-label": `${NAMES[name] || name} ${text}`, value: ends[end],
    onchange: (event) => { if (event.target.value !== "") { ends[end] = Number(event.target.value); apply(ends.from, ends.to); } } });
  return h("div", { class: "histogram" }, h("b", {}, NAMES[name] || name), plot, h("div", { class: "ends" }, field("from", "from"), h("span", { class: "muted" }, "to"), field("to", "to")));
}

function rangeOf(name) {
  const [low, high] = value(name).split("~");
  return [low ? Number(low) : -Infinity, high ? Number(high) : Infinity];
}

function draggable(plot, chosen) {
  let from = null;
  const under = (event) => { const bar = event.target.closest?.("[data-at]"); return bar ? Number(bar.dataset.at) : null; };
  const mark = (a, b) => [...plot.children].forEach((bar, at) => bar.classList.toggle("dragged", at >= Math.min(a, b) && at <= Math.max(a, b)));
  plot.addEventListener("pointerdown", (event) => { from = under(event); if (from !== null) mark(from, from); event.preventDefault(); });
  plot.addEventListener("pointerover", (event) => { if (from !== null && under(event) !== null) mark(from, under(event)); });
  plot.addEventListener("pointerup", (event) => {
    const to = under(event);
    if (from !== null && to !== null) chosen(Math.min(from, to), Math.max(from, to));
    from = null;
  });
}
