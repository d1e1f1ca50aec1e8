// How well the groups of the tree are told from each other, worst first.
import { count, h, percent } from "./dom.js";
import { className, data } from "./data.js";
import { table } from "./tables.js";

export function drawGroups(space, { state, pick }) {
  const { levels, groups, two_stage: stages } = data.structure;
  const tree = data.trees[0];
  if (!groups || !tree) return space.append(h("p", { class: "muted" }, "No groups: this run made no class tree or no confusion matrix."));
  const inner = tree.name.map((_, node) => node).filter((node) => tree.first[node] !== tree.last[node] && groups.f1[node] !== null && tree.parent[node] >= 0);
  inner.sort((a, b) => groups.f1[a] - groups.f1[b]);
  space.append(...[levels ? h("p", {}, levelLine(levels)) : null, stages ? h("p", {}, stageLine(stages)) : null,
    h("p", { class: "muted" }, "A label counts as right when the prediction falls in the same group. Within: confused with another class of the group; across: with one outside."),
    table("Groups of the tree, hardest first", [["Group"], ["Classes", true], ["Recall", true], ["Precision", true], ["F1", true], ["Confused within", true], ["Confused across", true]],
      inner.map((node) => ({
        cells: [tree.name[node], count(tree.last[node] + 1 - tree.first[node]), ...["recall", "precision", "f1", "within", "across"].map((name) => percent(groups[name][node]))],
        choose: () => { state.tree = 0; pick({ node }); },
      }))), destinations(space)].filter(Boolean));
  return undefined;
}

const levelLine = (levels) => `Right class: ${percent(levels.classes)} (chance ${percent(levels.classes_chance)}). Right superclass: ${percent(levels.superclasses)} (chance ${percent(levels.superclasses_chance)}).`;

const stageLine = (stages) => `Asked for the superclass first and the class within it, a probe is right for ${percent(stages.two_stage_accuracy)}; asked for the class at once, for ${percent(stages.flat_accuracy)}.`;

function destinations() {
  const found = data.structure.destinations;
  if (!found) return null;
  const rows = found.classes.map((others, number) => ({ cells: [className(number), others.map((other, at) => [other, found.shares[number][at]]).filter(([, share]) => share > 0.005).map(([other, share]) => `${className(other)} ${percent(share)}`).join(", ")] }));
  return h("details", { class: "as-table" }, h("summary", {}, "If a class were not there: where its images would go"), table("Destinations of each class when it is left out", [["Class"], ["Would go to"]], rows));
}
