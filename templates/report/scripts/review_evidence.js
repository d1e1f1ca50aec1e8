// Why an item is here: each finding in words, the figures behind it, the neighbours with their labels.
import { count, h, percent } from "./dom.js";
import { checkTitle, className, data, findingsOf, given, pathOf, suggested, word } from "./data.js";
import { picture } from "./picture.js";
import { sharedReason } from "./reasons.js";

export function drawEvidence(space, item) {
  space.append(...[reasons(item), sharedReason(item), figures(item), neighbours(item)].filter(Boolean));
}

function reasons(item) {
  const found = findingsOf(item);
  return h("section", {}, h("h2", {}, "Why"), found.length ? found.map((finding) => h("div", { class: "reason" },
    h("span", { class: `status ${finding.severity}` }, checkTitle(finding)), h("p", {}, finding.message),
    finding.suggestion ? h("p", { class: "muted" }, finding.suggestion) : null, evidenceList(finding))) : h("p", { class: "muted" }, "No finding names this image."));
}

function evidenceList(finding) {
  const entries = Object.entries(finding.evidence);
  if (!entries.length) return null;
  return h("details", {}, h("summary", {}, "Numbers"), h("dl", { class: "pairs" }, entries.map(([name, value]) => [
    h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value))])));
}

function figures(item) {
  const { confidence, agreement, width, height, bytes } = data.items;
  const rows = [
    ["Held-out model", confidence[item]], ["Agreeing neighbours", agreement[item]],
    ...Object.entries(data.items.views).map(([name, values]) => [`View: ${name.replaceAll("_", " ")}`, values[item]]),
  ].filter(([, value]) => value !== null && value !== undefined);
  const facts = [["Tree relation", word("relation", item)], ["Kind", word("kind", item)], ["Split", word("split", item)], ["Group", word("group", item)],
    ["Image", `${width[item]} × ${height[item]} px, ${count(Math.ceil(bytes[item] / 1024))} kB`], ["Problem", word("error", item) || word("warning", item)]];
  return h("section", {}, h("h2", {}, rows.length ? `What speaks for “${className(given(item))}”` : "Facts"),
    h("dl", { class: "pairs shares" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, h("meter", { min: 0, max: 1, value, "aria-label": name }), ` ${percent(value)}`)]),
      facts.filter(([, value]) => value).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

function neighbours(item) {
  const near = data.neighbours[item];
  if (!near || !near.length) return null;
  return h("section", {}, h("h2", {}, "Most similar images"), h("ul", { class: "neighbours" }, near.map(([other, cosine]) => {
    const label = given(other);
    const tone = label === given(item) ? "same" : label === suggested(item) ? "like" : "";
    return h("li", { class: tone }, h("a", { href: `#review?${new URLSearchParams({ item: pathOf(other) })}`, title: `${pathOf(other)}\ncosine ${cosine}` },
      picture(other, ""), h("span", {}, className(label))));
  })), h("p", { class: "muted legend" }, h("i", { class: "same" }), " given label ", h("i", { class: "like" }), " suggested label"));
}
