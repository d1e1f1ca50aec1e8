// What the reviewer decided. In a file: by item, kept in the browser across reloads while the image and its given label stay the same.
// Served: in the journal, which all windows and reviewers share.
import { data, given, itemAt, labelOf, pathOf } from "./data.js";
import { remembered, remember } from "./memory.js";
import { desk, served } from "./server.js";
import { everything, mine, onStanding, record, standingCount, takeBack } from "./standing.js";

const decided = new Map();
const undoable = [];
const listeners = [];
const itemOfPlace = new Map();

export const decisionOf = (item) => (served ? mine(data.items.place[item]) : decided.get(item)) || null;
export const decisionCount = () => (served ? standingCount() : decided.size);
export const allDecisions = () => (served ? everything().map(([place]) => [itemOfPlace.get(place), mine(place)]).filter(([item, entry]) => item !== undefined && entry) : [...decided.entries()]);
export const onDecision = (listener) => listeners.push(listener);
export const canUndo = () => (served ? !desk.read_only : undoable.length > 0);

// `label` is the new one of 'relabel', `key` that of the finding answered. The same decision again takes it back. False where it was not kept.
export function decide(item, entry) {
  const same = decisionOf(item);
  const back = same && same.decision === entry.decision && same.label === (entry.label ?? "");
  return decideAll([[item, back ? { decision: "" } : entry]]);
}

// Several at once: served, one action that one undo takes back.
export async function decideAll(pairs, how = "") {
  if (served) return record(pairs.map(([item, entry]) => ({ place: data.items.place[item], ...entry })), how);
  for (const [item, { decision, label = "", note = "", key = "" }] of pairs) {
    undoable.push([item, decided.get(item) || null]);
    if (decision) decided.set(item, { decision, label, note, key });
    else decided.delete(item);
    changed(item);
  }
  return true;
}

export async function undo() {
  if (served) {
    const items = (await takeBack()).map((place) => itemOfPlace.get(place)).filter((item) => item !== undefined);
    return items.length ? items[0] : null;
  }
  const last = undoable.pop();
  if (!last) return null;
  const [item, before] = last;
  if (before) decided.set(item, before);
  else decided.delete(item);
  changed(item);
  return item;
}

function changed(item) {
  if (!served) save();
  for (const listener of listeners) listener(item);
}

const storageKey = () => `datadoctor/decisions/${data.run}`;

function save() {
  const entries = allDecisions().map(([item, entry]) => ({
    path: pathOf(item), digest: data.items.digest[item], given: labelOf(given(item)), ...entry,
  }));
  remember(storageKey(), JSON.stringify(entries));
}

export function restoreDecisions() {
  if (served) {
    data.items.place.forEach((place, item) => itemOfPlace.set(place, item));
    onStanding((places) => { for (const place of places) changed(itemOfPlace.get(place)); });
    return;
  }
  for (const entry of parsed(remembered(storageKey()))) {
    const item = itemAt(entry.path);
    const same = item >= 0 && data.items.digest[item] === entry.digest && labelOf(given(item)) === entry.given;
    if (same) decided.set(item, { decision: entry.decision, label: entry.label, note: entry.note || "", key: entry.key || "" });
  }
}

function parsed(text) {
  try {
    return JSON.parse(text) || [];
  } catch {
    return [];
  }
}
