// What the sheet shows, as it stands in the address: filters, ranges, order, or what its images are nearest to.
import { note } from "./router.js";

export const asked = { query: new URLSearchParams() };
// Images of the run by place, a picture that was dropped, a text; and what the server calls them.
const NEAREST = { similar: "places", picture: "picture", words: "words" };

export const value = (name) => asked.query.get(name) || "";
export const filtering = () => [...asked.query.keys()].some((name) => name !== "sort");

export function read(query) {
  asked.query = new URLSearchParams([...query.entries()].filter(([, text]) => text !== ""));
}

// A filter is of all images: with it what was nearest is left.
export function change(changes) {
  for (const name of Object.keys(NEAREST)) asked.query.delete(name);
  for (const [name, text] of Object.entries(changes)) {
    if (text === "" || text === null) asked.query.delete(name);
    else asked.query.set(name, text);
  }
  note("sheet", Object.fromEntries(asked.query));
}

// What the server is asked for filters and order.
export const question = () => Object.fromEntries(asked.query);

// What the server is asked where images nearest to something are shown, null where they are not.
export function nearest() {
  const name = Object.keys(NEAREST).find(value);
  return name ? { [NEAREST[name]]: value(name) } : null;
}

// Shows what is nearest, so that going back in the history shows what was there before.
export function showNearest(name, text) {
  location.hash = `#sheet?${new URLSearchParams({ [name]: text })}`;
}
