// What the channels of a stage respond to, and which classes they respond to alike.
import { button, h, select } from "./dom.js";
import { className, data } from "./data.js";
import { chosen, chosenName } from "./confusion.js";
import { HeatMap } from "./heat_map.js";
import { drawDetectors } from "./structure_detectors.js";
import { diverging, divergingLegend } from "./scale.js";
import { whyMissing } from "./structure_missing.js";
import { asTable, table } from "./tables.js";

const view = { stage: 0, of: "responses" };
// One step of the bytes in which responses are kept, in standard deviations; correlations fill the same bytes from -1 to 1.
const STEP = 4 / 127;
const MOST_DEVIATIONS = 3;

export function drawResponses(space, context) {
  const stages = data.structure.responses;
  if (!stages || !stages.length) return space.append(whyMissing("responses"));
  const again = () => { space.replaceChildren(); drawResponses(space, context); };
  const press = (of, text) => button(text, () => { view.of = of; again(); }, { "aria-pressed": view.of === of ? "true" : "false" });
  view.stage = Math.min(view.stage, stages.length - 1);
  const stage = stages[view.stage];
  space.append(h("div", { class: "map-tools" }, select("Stage", stages.map((one, at) => [String(at), one.stage]), String(view.stage), (value) => { view.stage = Number(value); again(); }),
    press("responses", "Channels by class"), press("correlation", "Classes by class")));
  if (view.of === "correlation") drawCorrelation(space, stage, context);
  else drawChannels(space, stage, context);
  return undefined;
}

function drawChannels(space, stage, { state, pick }) {
  const columns = stage.classes.length;
  const means = bytes(stage.means);
  const at = (channel, column) => means[channel * columns + column] * STEP;
  const { rows, said } = sorted(stage, state, at);
  const map = new HeatMap({ label: "Mean response of each channel to each class, classes in tree order", choose: (_, column) => pick({ band: stage.classes[column] }),
    describe: (row, column) => `channel ${stage.channels[rows[row]]}, ${className(stage.classes[column])}: ${signed(at(rows[row], column))} standard deviations; strongest for ${groupName(stage.group[rows[row]])}` });
  space.append(h("p", { class: "muted" }, `Rows: the ${rows.length} channels, ${said}. Columns: ${columns} classes in tree order. 0 is a channel's mean.`),
    divergingLegend(`−${MOST_DEVIATIONS}`, `+${MOST_DEVIATIONS} standard deviations`), map.element, channelsAsTable(stage));
  const told = h("section", { class: "told" }, h("h3", {}, "What tells two classes apart here"));
  space.append(told);
  drawDetectors(told, stage.stage, { state });
  map.draw({ state: { tree: 0 }, rows: rows.length, order: stage.classes, width: space.clientWidth, height: Math.min(Math.max(rows.length * 3, 160), 560), shadeOf: (row, column) => diverging(at(rows[row], column) / MOST_DEVIATIONS) });
}

// In the order they come in; with a group chosen above, by how much more they respond to it than to the others.
function sorted(stage, state, at) {
  const found = state.selected && chosen(state);
  const rows = stage.channels.map((_, row) => row);
  const inside = stage.classes.map((number) => (found?.group ? found.group.has(number) : false));
  const many = inside.filter(Boolean).length;
  if (!many || many === inside.length) return { rows, said: "by the superclass they respond to; choose a group above to sort by that one" };
  const contrast = rows.map((row) => inside.reduce((sum, within, column) => sum + (within ? 1 / many : -1 / (inside.length - many)) * at(row, column), 0));
  return { rows: rows.sort((a, b) => contrast[b] - contrast[a]), said: `by how much more they respond to ${chosenName(state)} than to the rest` };
}

function drawCorrelation(space, stage, { pick }) {
  const many = stage.classes.length;
  space.append(h("p", { class: "muted" }, "How alike two classes look to this stage: blocks along the diagonal are groups that it has learnt."));
  if (!stage.correlation) return space.append(h("p", { class: "muted" }, "Too many classes for a picture: those most alike, as a table."), alikeTable(stage, table));
  const values = bytes(stage.correlation);
  const at = (row, column) => values[row * many + column] / 127;
  const map = new HeatMap({ label: "Correlation of the classes over all channels, in tree order", choose: (row, column) => pick({ cell: [stage.classes[row], stage.classes[column]] }),
    describe: (row, column) => `${className(stage.classes[row])} and ${className(stage.classes[column])}: correlation ${signed(at(row, column))}` });
  space.append(divergingLegend("−1", "+1 correlation"), map.element, alikeTable(stage, asTable));
  const side = Math.min(space.clientWidth, 620);
  map.draw({ state: { tree: 0 }, rows: many, order: stage.classes, width: side, height: side, shadeOf: (row, column) => diverging(at(row, column)) });
  return undefined;
}

function channelsAsTable(stage) {
  const order = stage.channels.map((_, row) => row).sort((a, b) => stage.sensitivity[b] - stage.sensitivity[a]);
  return asTable("channels by what they respond to", [["Channel"], ["Responds most to"], ["Inside less outside, standard deviations", true]],
    order.map((row) => ({ cells: [String(stage.channels[row]), groupName(stage.group[row]), signed(stage.sensitivity[row])] })));
}

function alikeTable(stage, drawn) {
  const rows = stage.classes.map((number, row) => ({ cells: [className(number), stage.alike[row].map((other, at) => `${className(other)} ${signed(stage.alikeness[row][at])}`).join(", ")] }));
  return drawn("classes most alike to this stage, with their correlation", [["Class"], ["Most alike"]], rows);
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
const groupName = (group) => data.trees[0]?.superclasses[group] ?? `group ${group}`;

function bytes(text) {
  return new Int8Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
