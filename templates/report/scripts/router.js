// Deep links: `#screen?name=value`. A screen is drawn when first shown and told of every later change.
import { $ } from "./dom.js";

const screens = new Map();
const drawn = new Set();

export function screen(name, { draw, show = () => {}, keys = () => false }) {
  screens.set(name, { draw, show, keys });
}

export function place() {
  const [name, query] = location.hash.slice(1).split("?");
  return { name: $(`screen-${name}`) ? name : "overview", query: new URLSearchParams(query || "") };
}

// Writes the address without a new entry in the history: for filters and the current item.
export function note(name, query) {
  const entries = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(entries).toString();
  window.history.replaceState(null, "", `#${name}${text ? `?${text}` : ""}`);
}

export function startRouter() {
  addEventListener("hashchange", route);
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const here = screens.get(place().name);
    if (here && !document.querySelector("dialog[open]") && here.keys(event)) event.preventDefault();
  });
  route();
}

const typing = (target) => target.matches && target.matches("input, select, textarea, [contenteditable]");

function route() {
  const { name, query } = place();
  for (const section of document.querySelectorAll(".screen")) section.hidden = section.id !== `screen-${name}`;
  for (const link of document.querySelectorAll("[data-screen-link]")) {
    if (link.dataset.screenLink !== name) link.removeAttribute("aria-current");
    else {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }
  const found = screens.get(name);
  if (!found) return;
  if (!drawn.has(name)) {
    drawn.add(name);
    found.draw($(`screen-${name}`));
  }
  found.show(query);
}

export function redraw() {
  const found = screens.get(place().name);
  if (found) found.show(place().query);
}
