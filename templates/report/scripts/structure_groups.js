// How well the groups of the tree are told from each other, worst first.
import { count, h, percent } from "./dom.js";
import { className, data } from "./data.js";
import { groupName } from "./scale.js";
import { whyMissing } from "./structure_missing.js";
import { table } from "./tables.js";

const RATES = ["recall", "precision", "f1", "within", "across"];
const RATE_NAMES = [["Recall", true], ["Precision", true], ["F1", true], ["Confused within", true], ["Confused across", true]];

export function drawGroups(space, { state, pick }) {
  const { groups } = data.structure;
  const tree = data.trees[0];
  if (!groups || !tree) return space.append(whyMissing("groups"));
  const inner = tree.name.map((_, node) => node).filter((node) => tree.first[node] !== tree.last[node] && groups.f1[node] !== null && tree.parent[node] >= 0);
  inner.sort((a, b) => groups.f1[a] - groups.f1[b]);
  space.append(...sentences().map((text) => h("p", {}, text)),
    h("p", { class: "muted" }, "A label counts as right when the prediction falls in the same group. Within: confused with another class of the group; across: with one outside."),
    table("Groups of the tree, hardest first", [["Group, hardest first"], ["Classes", true], ...RATE_NAMES], inner.map((node) => ({
      cells: [groupName(tree, tree.name[node]), count(tree.last[node] + 1 - tree.first[node]), ...RATES.map((name) => percent(groups[name][node]))],
      choose: () => { state.tree = 0; pick({ node }); },
    }))), ...[cuts(), destinations()].filter(Boolean));
  return undefined;
}

function sentences() {
  const { level_accuracy: levels, two_stage: stages, agreement } = data.structure;
  return [
    levels && `Right class: ${percent(levels.classes)} (chance ${percent(levels.classes_chance)}). Right superclass: ${percent(levels.superclasses)} (chance ${percent(levels.superclasses_chance)}).`,
    stages && `Asked for the superclass first and then for the class within it, a probe is right for ${percent(stages.two_stage_accuracy)}; asked for the class at once, for ${percent(stages.flat_accuracy)}.`,
    agreement && `Of three classes, the learnt tree and the given one agree which two belong together for ${percent(agreement.triplet_accuracy)}; a shuffled tree for ${percent(agreement.shuffled_accuracy)}.`,
  ].filter(Boolean);
}

// The tree cut at every level: how right the predictions are when only the group has to be.
function cuts() {
  const found = data.structure.cuts;
  if (!found || found.length < 2) return null;
  return h("div", {}, h("h3", {}, "From coarse to fine"), table("The tree cut at every level, means over the groups", [["Groups"], ["Right", true], ["By chance", true], ...RATE_NAMES],
    found.map((cut) => ({ cells: [count(cut.groups), percent(cut.accuracy), percent(cut.chance), ...RATES.map((name) => percent(cut[name]))] }))));
}

function destinations() {
  const found = data.structure.destinations;
  if (!found) return null;
  const rows = found.classes.map((others, number) => ({ cells: [className(number), others.map((other, at) => [other, found.shares[number][at]]).filter(([, share]) => share > 0.005).map(([other, share]) => `${className(other)} ${percent(share)}`).join(", ")] }));
  return h("details", { class: "as-table" }, h("summary", {}, "If a class were not there: where its images would go"), table("Destinations of each class when it is left out", [["Class"], ["Would go to"]], rows));
}
