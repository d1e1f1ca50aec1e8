// What the reviewer decided, by path; kept across reloads while the file and its given label stay the same.
import { data, given, itemAt, labelOf, pathOf } from "./data.js";
import { remembered, remember } from "./memory.js";

const decided = new Map();
const undoable = [];
const listeners = [];

export const decisionOf = (item) => decided.get(item) || null;
export const decisionCount = () => decided.size;
export const allDecisions = () => [...decided.entries()];
export const onDecision = (listener) => listeners.push(listener);
export const canUndo = () => undoable.length > 0;

// `label` is the new one of 'relabel', `key` that of the finding answered. The same decision again takes it back.
export function decide(item, { decision, label = "", note = "", key = "" }) {
  undoable.push([item, decided.get(item) || null]);
  const same = decided.get(item);
  if (same && same.decision === decision && same.label === label) decided.delete(item);
  else decided.set(item, { decision, label, note, key });
  changed(item);
}

export function undo() {
  const last = undoable.pop();
  if (!last) return null;
  const [item, before] = last;
  if (before) decided.set(item, before);
  else decided.delete(item);
  changed(item);
  return item;
}

function changed(item) {
  save();
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
