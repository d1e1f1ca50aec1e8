// What tells two confused classes apart at a stage: its best channel for either, with the patches to which that responds most.
import { h, percent, select } from "./dom.js";
import { className, data, pathOf } from "./data.js";
import { chosen } from "./confusion.js";
import { whyMissing } from "./structure_missing.js";

const asked = { pair: -1 };

export function drawDetectors(space, stageName, { state }) {
  const found = data.structure.detectors;
  if (!found) return space.append(whyMissing("patches"));
  const stage = found.stages.indexOf(stageName);
  const inside = (state.selected && chosen(state)) || null;
  const fitting = found.pairs.map((_, at) => at).filter((at) => !inside || found.pairs[at].some((number) => inside.rows.has(number) || inside.columns.has(number)));
  if (!fitting.length || stage < 0) return space.append(h("p", { class: "muted" }, `What tells classes apart is shown of the ${found.pairs.length} most ambiguous pairs; none of them is chosen here.`));
  if (!fitting.includes(asked.pair)) [asked.pair] = fitting;
  const body = h("div", {});
  const draw = () => body.replaceChildren(...ofPair(found, stage, asked.pair));
  space.append(h("div", { class: "map-tools" }, select("Pair", fitting.map((at) => [String(at), nameOf(found, at)]), String(asked.pair), (value) => { asked.pair = Number(value); draw(); })), body);
  draw();
  return undefined;
}

const nameOf = (found, pair) => found.pairs[pair].map(className).join(" and ");

function ofPair(found, stage, pair) {
  const line = found.stages.map((name, at) => h("span", { class: at === stage ? "here" : "" }, `${name} ${percent(found.accuracy[at][pair])}`));
  const channels = found.found.filter((one) => one.stage === stage && one.pair === pair);
  return [h("p", { class: "muted told-apart" }, "Told apart by each stage alone: ", line.flatMap((one, at) => (at ? [" · ", one] : [one]))),
    h("p", { class: "muted" }, `Its two channels that part them best, with the ${channels[0]?.patches.length ?? 0} places of the dataset where each responds most, as wide as such a place mostly sees: ${percent(found.fields[stage])} of the image's side.`),
    h("div", { class: "detectors" }, channels.map(detector))];
}

function detector(one) {
  return h("section", {}, h("h3", {}, `channel ${one.channel}`, h("span", { class: "muted" }, ` more for ${className(one.favours)}, by ${one.distance.toFixed(1)} standard deviations`)),
    h("ul", { class: "patches" }, one.patches.map(([item, picture]) => h("li", {}, linked(item, h("img", { src: `data:image/webp;base64,${picture}`, alt: item < 0 ? "patch" : `patch of ${pathOf(item)}`, width: 64, height: 64, decoding: "async" }))))));
}

const linked = (item, image) => (item < 0 ? image : h("a", { href: `#review?${new URLSearchParams({ item: pathOf(item) })}`, title: `${pathOf(item)}\n${className(data.items.given[item])}` }, image));
