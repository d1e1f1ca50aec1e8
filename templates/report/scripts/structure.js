// Below the matrix: pairs that overlap, reasons that images share, groups, confusion network, layers, responses; one at a time.
import { button, h } from "./dom.js";
import { data } from "./data.js";
import { drawPairs } from "./class_pairs.js";
import { drawReasons } from "./reasons.js";
import { drawGroups } from "./structure_groups.js";
import { drawLayers } from "./structure_layers.js";
import { drawNetwork } from "./structure_network.js";
import { drawResponses } from "./structure_responses.js";

const VIEWS = {
  pairs: ["Ambiguous pairs", drawPairs], reasons: ["Same reason", drawReasons], groups: ["Groups", drawGroups], network: ["Confusion network", drawNetwork],
  layers: ["Layers", drawLayers], responses: ["Responses", drawResponses],
};

export const isView = (name) => name in VIEWS;

// `context`: { state, pick, view, show }; `show(view)` is asked for another view.
export function drawStructure(space, context) {
  const names = data.structure ? Object.keys(VIEWS) : ["pairs", "reasons"];
  const body = h("div", { class: "structure" });
  const tabs = names.map((name) => button(VIEWS[name][0], () => context.show(name), { "aria-pressed": name === context.view ? "true" : "false", "data-view": name }));
  space.replaceChildren(...[names.length > 1 ? h("div", { class: "tabs", role: "group", "aria-label": "About the classes" }, tabs) : null, body].filter(Boolean));
  VIEWS[names.includes(context.view) ? context.view : "pairs"][1](body, context);
}
