import { say } from "./dom.js";

// What survives a reload. A browser may forbid it (private windows, blocked storage): then it lasts as long as the page.
const unsaved = new Map();

export function remembered(key) {
  try {
    return localStorage.getItem(key) ?? unsaved.get(key) ?? null;
  } catch {
    return unsaved.get(key) ?? null;
  }
}

export function remember(key, text) {
  unsaved.set(key, text);
  try {
    localStorage.setItem(key, text);
  } catch {
    say("This browser keeps nothing: download your decisions before you leave the page.");
  }
}
