// Ambiguous class pairs: how much, which kind, what to do, and images on the border from both sides.
import { button, count, h, percent } from "./dom.js";
import { className, data, pathOf } from "./data.js";
import { picture } from "./picture.js";

const PAIRS_SHOWN = 12;

export function drawPairs(space, { pick }) {
  const shown = data.class_pairs.filter((pair) => pair.significant).slice(0, PAIRS_SHOWN);
  if (!shown.length) return space.append(h("p", { class: "muted" }, data.class_pairs.length ? "No pair of classes is confused beyond chance." : "No class pairs were judged in this run."));
  space.append(h("div", { class: "class-pairs" }, shown.map((pair) => classPairsCard(pair, () => pick({ cell: [pair.a, pair.b] })))));
  return undefined;
}

function probability(p) {
  return p < 0.001 ? `=\u00a0${p.toExponential(0).replace("-", "\u2011")}` : `= ${p.toFixed(3)}`;
}

function classPairsCard(pair, choose) {
  return h("article", { class: "set class-pair" },
    h("header", {}, h("b", {}, className(pair.a), h("span", { class: "muted" }, " and "), className(pair.b)), pair.kind ? h("span", { class: "status warning" }, pair.kind) : null,
      h("span", { class: "grow" }), button("Show in matrix", () => { choose(); scrollTo({ top: 0 }); })),
    h("p", { class: "muted" }, `ambiguity ${pair.ambiguity.toFixed(2)} (${pair.low.toFixed(2)} to ${pair.high.toFixed(2)}), p ${probability(pair.p_value)} · ${percent(pair.mislabel_share)} of the confusion wrong labels`),
    pair.action ? h("p", {}, pair.action) : null,
    h("div", { class: "borders" }, border(pair.a, pair.b, pair.n_ab, pair.boundary_a), border(pair.b, pair.a, pair.n_ba, pair.boundary_b)));
}

function border(a, b, n, items) {
  return h("div", {}, h("h3", {}, `given ${className(a)}`, h("span", { class: "muted" }, ` · ${count(n)} look like ${className(b)}`)),
    h("ul", { class: "tiles" }, items.slice(0, 6).map((item) => h("li", {}, h("a", { href: `#review?${new URLSearchParams({ item: pathOf(item) })}`, title: pathOf(item) }, picture(item))))));
}
