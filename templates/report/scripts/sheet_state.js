// What the sheet shows, as it stands in the address: filters, ranges, order, and what its images are similar to.
import { note } from "./router.js";

export const asked = { query: new URLSearchParams() };
export const SIMILAR = "similar";

export const value = (name) => asked.query.get(name) || "";
export const filtering = () => [...asked.query.keys()].some((name) => name !== "sort");

export function read(query) {
  asked.query = new URLSearchParams([...query.entries()].filter(([, text]) => text !== ""));
}

export function change(changes) {
  for (const [name, text] of Object.entries(changes)) {
    if (text === "" || text === null) asked.query.delete(name);
    else asked.query.set(name, text);
  }
  note("sheet", Object.fromEntries(asked.query));
}

// What the server is asked: all but what only the page knows.
export function question() {
  const all = Object.fromEntries(asked.query);
  delete all[SIMILAR];
  return all;
}
