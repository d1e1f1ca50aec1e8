// Facts about images by place, asked for as they come into sight, many at once.
import { ask, complain } from "./server.js";

const MOST_AT_ONCE = 500;
const MOST_KEPT = 50_000;
const facts = new Map();
const wanted = new Map();
const state = { waiting: false };

// After the labels were judged again.
export const forget = () => facts.clear();

// Calls back with the facts of a place: now if they are known.
export function withFacts(place, then) {
  if (facts.has(place)) return then(facts.get(place));
  if (!wanted.has(place)) wanted.set(place, []);
  wanted.get(place).push(then);
  if (!state.waiting) {
    state.waiting = true;
    requestAnimationFrame(fetchWanted);
  }
  return undefined;
}

export const knowFacts = (place) => new Promise((resolve) => { withFacts(place, resolve); });

async function fetchWanted() {
  state.waiting = false;
  const several = [...wanted.entries()].slice(-MOST_AT_ONCE);
  const left = wanted.size - several.length;
  for (const [place] of several) wanted.delete(place);
  if (left) { state.waiting = true; requestAnimationFrame(fetchWanted); }
  if (!several.length) return;
  try {
    const found = await ask("items", { places: several.map(([place]) => place).join(",") });
    if (facts.size > MOST_KEPT) facts.clear();
    for (const [place, callbacks] of several) {
      facts.set(place, found[place]);
      for (const then of callbacks) then(found[place]);
    }
  } catch (error) {
    complain(error);
  }
}
