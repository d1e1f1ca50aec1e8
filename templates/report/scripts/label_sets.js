// Images with several labels: what is doubted of each class, and which classes come together. There is no confusion of two that may both be right.
import { count, h, percent } from "./dom.js";
import { className, data } from "./data.js";
import { table } from "./tables.js";

const named = (name) => className(data.classes.indexOf(name));
const doubted = (number) => (number === null ? "–" : count(number));

export function labelSets() {
  const { classes, together } = data.label_set_facts;
  const review = (name) => () => { window.location.hash = `#review?${new URLSearchParams({ class: name })}`; };
  const rows = [...classes].sort((a, b) => (b.extra + b.missing) - (a.extra + a.missing) || b.images - a.images)
    .map((one) => ({ cells: [named(one.class), count(one.images), doubted(one.extra), doubted(one.missing)], choose: review(one.class) }));
  const pairs = together.map((one) => ({ cells: [`${named(one.a)} and ${named(one.b)}`, count(one.both), percent(one.share_a), percent(one.share_b), one.phi.toFixed(2)] }));
  return h("div", { class: "label-sets" },
    h("section", {}, h("h2", {}, "Classes"), h("p", { class: "muted" }, "Labels that do not show in their image, and classes that show in it and are not among its labels."),
      table("Classes and what is doubted of them", [["Class", false], ["Images", true], ["Do not show", true], ["Missing", true]], rows)),
    h("section", {}, h("h2", {}, "Classes that come together"), h("p", { class: "muted" }, "Of the images with the first class, how many have the second, and the other way round; the correlation is 0 where they come together as often as by chance."),
      pairs.length ? table("Classes that come together", [["Classes", false], ["Images with both", true], ["Of the first", true], ["Of the second", true], ["Correlation", true]], pairs) : h("p", {}, "No image has two of them.")));
}
