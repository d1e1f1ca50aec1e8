// The sample viewer: the items behind a cell, a class or a group, by given or predicted class.
import { button, count, h, percent } from "./dom.js";
import { className, data, given, hasThumbnail, pathOf, predicted, suggested } from "./data.js";
import { chosen, chosenName } from "./confusion.js";
import { decisionOf } from "./decisions.js";
import { picture } from "./picture.js";

const MOST_GROUPS = 30;
const MOST_EACH = 18;

export function drawSamples(space, state, pick) {
  space.replaceChildren(h("h2", {}, state.selected ? chosenName(state) : "Samples"));
  if (!state.selected) return space.append(h("p", { class: "muted" }, "Click a cell, a class or a group to see its images; drag over several to take them together. Double-click a group to zoom in."), largest(pick));
  const items = itemsOf(state);
  const other = state.by === "given" ? "predicted" : "given";
  space.append(h("p", { class: "muted" }, `${count(items.length)} on this page, grouped by ${state.by} class `,
    button(`Group by ${other}`, () => { state.by = other; drawSamples(space, state, pick); })));
  for (const [number, several] of grouped(items, state.by === "given" ? given : looksLike(state)).slice(0, MOST_GROUPS)) space.append(group(number, several));
  const typical = typicalOf(state);
  if (typical.length) space.append(h("h2", {}, "Typical images"), ...typical);
  return undefined;
}

function itemsOf(state) {
  const { rows, columns, group } = chosen(state);
  const cell = state.selected.cell;
  const wanted = group ? (from, to) => from !== to && (group.has(from) || group.has(to))
    : (from, to) => rows.has(from) && columns.has(to) && (cell || from !== to);
  const found = [];
  const { given: givens, flagged } = data.items;
  const looks = looksLike(state);
  for (let i = 0; i < givens.length; i += 1) {
    if ((state.only === "all" || flagged[i]) && looks(i) >= 0 && wanted(givens[i], looks(i))) found.push(i);
  }
  return found.sort((a, b) => hasThumbnail(b) - hasThumbnail(a) || (data.items.score[b] ?? 0) - (data.items.score[a] ?? 0));
}

// The class under which the matrix counts an item.
const looksLike = (state) => (state.only === "flagged" ? suggested : predicted);

function grouped(items, by) {
  const groups = new Map();
  for (const item of items) {
    if (!groups.has(by(item))) groups.set(by(item), []);
    groups.get(by(item)).push(item);
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length);
}

function group(number, items) {
  const more = items.length - MOST_EACH;
  return h("section", {}, h("h3", {}, className(number), h("span", { class: "muted" }, ` ${count(items.length)}`)),
    h("ul", { class: "tiles" }, items.slice(0, MOST_EACH).map(tile)), more > 0 ? h("p", { class: "muted" }, `and ${count(more)} more`) : null);
}

function tile(item) {
  const address = `#review?${new URLSearchParams({ item: pathOf(item) })}`;
  const label = `${className(given(item))}${suggested(item) === given(item) ? "" : `, looks like ${className(suggested(item))}`}, ${percent(data.items.p[item])} wrong`;
  return h("li", { class: decisionOf(item)?.decision || "" }, h("a", { href: address, title: `${pathOf(item)}\n${label}` }, picture(item, label)));
}

function typicalOf(state) {
  const { rows, columns } = chosen(state);
  const numbers = [...new Set([...rows, ...columns])].slice(0, 12);
  return numbers.filter((number) => data.examples[number]?.some(hasThumbnail)).map((number) => h("section", {}, h("h3", {}, className(number)), h("ul", { class: "tiles" }, data.examples[number].filter(hasThumbnail).map(tile))));
}

// The largest confusions as a list: the matrix for those who do not see or point.
function largest(pick) {
  if (!data.confusion) return null;
  const cells = data.confusion.given.map((a, i) => [a, data.confusion.predicted[i], data.confusion.count[i]]).filter(([a, b, n]) => a !== b && n > 0)
    .sort((first, second) => second[2] - first[2]).slice(0, 25);
  return h("section", {}, h("h3", {}, "Largest confusions"), h("ul", { class: "largest" }, cells.map(([a, b, n]) =>
    h("li", {}, h("button", { type: "button", class: "row", onclick: () => pick({ cell: [a, b] }) }, h("span", {}, `${className(a)} → ${className(b)}`), h("b", {}, count(n)))))));
}
