// The worst labels, on the overview.
import { h, percent } from "./dom.js";
import { className, data, given, suggested } from "./data.js";
import { picture } from "./picture.js";

export function drawWorst(space) {
  const worst = data.queue.filter((item) => data.items.flagged[item]).slice(0, 8);
  if (!worst.length) return;
  space.append(h("h2", {}, "Labels most likely wrong"), h("ul", { class: "worst" }, worst.map(card)));
}

function card(item) {
  const address = `#review?${new URLSearchParams({ item: data.items.path[item] })}`;
  return h("li", {}, h("a", { href: address },
    picture(item, ""),
    h("span", { class: "was" }, className(given(item))),
    h("span", { class: "becomes" }, "→ ", className(suggested(item))),
    h("span", { class: "muted" }, `${percent(data.items.p[item])} wrong`)));
}
