// What stands in the journal of a served page: by place, what each reviewer said. Asked again every two seconds, so that two windows show the same.
import { ask, complain, desk, reviewer, tell } from "./server.js";

const EVERY = 2000;
const said = new Map();
const listeners = [];
const known = { version: 0, asking: null };

export const onStanding = (listener) => listeners.push(listener);
export const standingOf = (place) => said.get(place) || null;
export const standingCount = () => [...said.values()].filter((one) => reviewer() in one.by).length;
export const mine = (place) => said.get(place)?.by[reviewer()] || null;
export const everything = () => [...said.entries()];

// Asked one after the other, so that an older answer never comes last.
export function refresh() {
  known.asking = (known.asking || Promise.resolve()).then(fetchChanges, fetchChanges);
  return known.asking;
}

async function fetchChanges() {
  const answer = await ask("decisions", { since: known.version });
  known.version = answer.version;
  const places = Object.keys(answer.decisions).map(Number);
  for (const place of places) {
    if (answer.decisions[place]) said.set(place, answer.decisions[place]);
    else said.delete(place);
  }
  if (places.length) for (const listener of listeners) listener(places);
}

export function startStanding() {
  setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh().catch(() => {}); });
  return refresh();
}

// `decisions`: [{ place, decision, label, key, note }...], one action whatever their number. True once it is on the disk.
export async function record(decisions, how = "") {
  if (desk.read_only) { complain(new Error("This review is read-only: nothing is decided in it.")); return false; }
  try {
    await tell("decide", { decisions, how });
    await refresh();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

// Takes back the reviewer's last action; the places it was about.
export async function takeBack() {
  try {
    const { places } = await tell("undo", {});
    await refresh();
    return places;
  } catch (error) {
    complain(error);
    return [];
  }
}
