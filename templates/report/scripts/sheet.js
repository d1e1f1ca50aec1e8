// The sheet: all images that pass, in a dense grid; what is selected is decided by one key. With a class chosen, the class's sheet.
import { button, count, h, redrawInside, say } from "./dom.js";
import { className, data, labelOf, nameOfLabel } from "./data.js";
import { chooseClass } from "./label_picker.js";
import { chooseSet } from "./set_picker.js";
import { offerMany } from "./many.js";
import { Selection } from "./selection.js";
import { askPlaces, complain, desk, pictureAddress } from "./server.js";
import { knowFacts, withFacts } from "./sheet_facts.js";
import { drawSheetFilters } from "./sheet_filters.js";
import { drawHistograms } from "./sheet_histograms.js";
import { change, nearest, question, read, showNearest } from "./sheet_state.js";
import { mine, onStanding, record, standingOf, takeBack } from "./standing.js";
import { view } from "./viewer.js";
import { VirtualGrid } from "./virtual.js";

const [CELL, CAPTION] = [112, 22];
const MOST_SELECTED = 100_000;
const sheetParts = {};
const cells = new Map();
const state = { latest: 0, shown: new Uint32Array() };
const selection = new Selection(drawSelection);

export const sheet = { draw: sheetDraw, show: sheetShow, keys: sheetKeys };

function sheetDraw(section) {
  sheetParts.filters = h("div", { class: "toolbar" });
  sheetParts.bars = h("div", { class: "histograms", role: "group", "aria-label": "Distributions: drag over bars to filter" });
  sheetParts.status = h("div", { class: "toolbar selection", role: "group", "aria-label": "Selection" });
  sheetParts.grid = new VirtualGrid({ label: "Images", cellWidth: CELL, cellHeight: CELL + CAPTION, make: makeCell, role: "listbox" });
  const { space, element } = sheetParts.grid;
  space.setAttribute("aria-multiselectable", "true");
  space.tabIndex = 0;
  element.removeAttribute("tabindex");
  dragging(space);
  section.append(h("h1", { class: "hidden", id: "title-sheet" }, "All images"), sheetParts.filters, sheetParts.bars, sheetParts.status,
    h("div", { class: "sheet-body" }, element));
  onStanding((places) => { places.forEach(restamp); drawSelection(); });
}

function sheetShow(query) {
  read(query);
  refill();
}

async function refill() {
  const number = state.latest += 1;
  drawSheetFilters(sheetParts.filters, changed);
  try {
    const near = nearest();
    const found = near ? await askPlaces("similar", { ...near, count: 400 }) : await askPlaces("rows", question());
    if (number !== state.latest) return;
    state.shown = found;
    selection.over(found);
    cells.clear();
    sheetParts.grid.set(found);
    drawSelection();
    sheetParts.bars.hidden = Boolean(near);
    if (!near) await drawHistograms(sheetParts.bars, changed);
  } catch (error) {
    complain(error);
  }
}

function changed(changes) {
  change(changes);
  refill();
}

function makeCell(place, at) {
  const cell = h("div", { class: "sheet-cell", role: "option", id: `image-${place}`, "aria-selected": String(selection.has(place)), "data-at": at });
  const image = h("img", { alt: "", decoding: "async", draggable: "false", onload: sharpen });
  const caption = h("span", { class: "sheet-label" }, "\u00a0");
  cell.append(image, caption);
  cells.set(place, cell);
  withFacts(place, (one) => {
    if (one.error) image.replaceWith(h("span", { class: "no-picture" }, one.error));
    else image.src = pictureAddress(place, one.version);
    const other = one.suggested >= 0 && one.suggested !== one.given ? ` → ${className(one.suggested)}` : "";
    caption.textContent = className(one.given) + other;
    cell.setAttribute("aria-label", `${className(one.given)}${other}, ${one.path}`);
    cell.title = `${one.path}${one.p === null ? "" : `\n${Math.round(one.p * 100)} % likely wrong`}`;
  });
  stamp(cell, place);
  cell.classList.toggle("cursor", at === selection.cursor);
  return cell;
}

const sharpen = ({ target }) => { if (target.naturalWidth < 64 && target.naturalHeight < 64) target.classList.add("tiny"); };

function stamp(cell, place) {
  cell.querySelector(".stamp")?.remove();
  const standing = standingOf(place);
  if (!standing) return;
  const own = mine(place) || Object.values(standing.by)[0];
  const text = standing.disputed ? "disputed" : own.decision === "relabel" ? nameOfLabel(own.label) : own.decision;
  const kind = standing.disputed ? "exclude" : own.decision;
  cell.append(h("span", { class: `stamp ${kind}`, title: `${Object.keys(standing.by).join(", ")}${standing.how ? `: ${standing.how}` : ""}` }, text, standing.how === "many" ? " *" : ""));
}

function restamp(place) {
  const cell = cells.get(place);
  if (cell?.isConnected) stamp(cell, place);
}

function drawSelection() {
  for (const [place, cell] of cells) {
    if (!cell.isConnected) { cells.delete(place); continue; }
    cell.setAttribute("aria-selected", String(selection.has(place)));
    cell.classList.toggle("cursor", Number(cell.dataset.at) === selection.cursor);
  }
  const here = state.shown[selection.cursor];
  if (here !== undefined) sheetParts.grid.space.setAttribute("aria-activedescendant", `image-${here}`);
  const chosen = selection.size ? `${count(selection.size)} selected of ${count(state.shown.length)}` : `${count(state.shown.length)} images`;
  const locked = !state.shown.length || desk.read_only;
  const act = (key, text, what) => button([h("kbd", {}, key), text], () => decideSelection(what), { disabled: locked, class: `button act-${what}-quiet` });
  redrawInside(sheetParts.status, h("b", { class: "grow", "aria-live": "polite" }, chosen),
    act("r", "Take suggestion", "relabel"), act("l", "Other label", "other"), act("k", "Keep", "keep"), act("x", "Exclude", "exclude"), act("a", "Ambiguous", "ambiguous"),
    button([h("kbd", {}, "u"), "Undo"], undoAction, { disabled: desk.read_only }),
    button([h("kbd", {}, "e"), "Everything like this"], selectLike, { disabled: !state.shown.length, title: "Selects all here with the same given and suggested label" }),
    button([h("kbd", {}, "s"), "Similar"], showSimilar, { disabled: !desk.similar || !state.shown.length }),
    button("Take many…", () => offerMany(question(), refill), { disabled: locked || Boolean(nearest()) }));
}

const DECIDES = { r: "relabel", l: "other", k: "keep", x: "exclude", a: "ambiguous" };

async function decideSelection(what) {
  if (desk.read_only) return;
  const places = [...selection.subjects()];
  if (!places.length) return;
  let label = "";
  if (what === "other") {
    const first = await knowFacts(places[0]);
    if (data.several && places.length > 1) return complain(new Error("Images with several labels are given others one by one: select one."));
    label = data.several ? await chooseSet(first.suggested >= 0 ? first.suggested : first.given, first.given) : await chooseClass([first.suggested, first.given], first);
    if (label === null) return;
  }
  const decision = what === "other" ? "relabel" : what;
  const known = what === "relabel" ? await Promise.all(places.map(knowFacts)) : [];
  const usable = what === "relabel" ? places.filter((_, at) => known[at].suggested >= 0 && known[at].suggested !== known[at].given) : places;
  if (!usable.length) return complain(new Error("There is no other label to suggest for these: l chooses one."));
  if (!(await record(usable.map((place) => ({ place, decision, label })), usable.length > 1 ? "selection" : ""))) return;
  say(`${decision} ${label}: ${count(usable.length)} image${usable.length > 1 ? "s" : ""}${usable.length < places.length ? `, ${count(places.length - usable.length)} without a suggestion left` : ""}`);
  if (places.length === 1) selection.move(1, false);
  selection.clear();
  reveal();
}

async function undoAction() {
  const places = await takeBack();
  say(places.length ? `taken back: ${count(places.length)} image${places.length > 1 ? "s" : ""}` : "nothing to take back");
}

// All in this gallery that are given the same and suggested the same as the first of the selection.
async function selectLike() {
  const [first] = selection.subjects();
  if (first === undefined) return;
  const one = await knowFacts(first);
  const same = { ...question(), class: labelOf(one.given) };
  const inside = new Set(state.shown);
  const found = [...await askPlaces("rows", { ...same, suggested: labelOf(one.suggested) })].filter((place) => inside.has(place));
  selection.set(found.slice(0, MOST_SELECTED));
}

function showSimilar() {
  const places = [...selection.subjects()].slice(0, 100);
  if (!places.length || !desk.similar) return;
  showNearest("similar", places.join(","));
}

function open() {
  view(state.shown, selection.cursor, (at) => { selection.click(at); reveal(); });
}

function reveal() {
  sheetParts.grid.reveal(selection.cursor);
}

function sheetKeys(event) {
  const columns = sheetParts.grid.columns || 1;
  const rows = Math.max(1, Math.floor(sheetParts.grid.element.clientHeight / (CELL + CAPTION)));
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: rows * columns, PageUp: -rows * columns, Home: -Infinity, End: Infinity }[event.key];
  const onButton = event.target.closest?.("button, a, summary");
  if (step) { selection.move(Number.isFinite(step) ? step : Math.sign(step) * state.shown.length, event.shiftKey); reveal(); }
  else if (DECIDES[event.key]) decideSelection(DECIDES[event.key]);
  else if (event.key === "u") undoAction();
  else if (event.key === "e") selectLike();
  else if (event.key === "s") showSimilar();
  else if (event.key === "*") selection.set(state.shown.slice(0, MOST_SELECTED));
  else if (event.key === " " && !onButton) selection.toggle();
  else if (event.key === "Enter" && !onButton) open();
  else if (event.key === "Escape" && selection.size) selection.clear();
  else if (event.key === "Escape" && nearest()) history.back();
  else return false;
  return true;
}

// A click chooses, with ctrl one more, with shift a row of them; a drag chooses the row from where it began; two clicks open.
function dragging(space) {
  let from = null;
  const under = (event) => { const cell = event.target.closest?.("[data-at]"); return cell ? Number(cell.dataset.at) : null; };
  space.addEventListener("pointerdown", (event) => {
    const at = under(event);
    if (event.button !== 0 || at === null) return;
    from = at;
    selection.click(at, { shift: event.shiftKey, toggle: event.ctrlKey || event.metaKey });
  });
  space.addEventListener("pointerover", (event) => {
    const at = under(event);
    if (from === null || at === null || at === from || event.pointerType === "touch") return;
    selection.click(at, { shift: true, toggle: event.ctrlKey || event.metaKey });
  });
  addEventListener("pointerup", () => { from = null; });
  space.addEventListener("dblclick", (event) => { if (under(event) !== null) open(); });
}
