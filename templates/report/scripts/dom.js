// Elements from text: nothing here parses HTML, so no name in the data can become markup.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked" || name === "htmlFor") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

const nameOf = (element) => element.getAttribute("aria-label") || element.textContent;

// Draws what is in an element anew: what had the focus has it still, or else the first that can have it. Whoever works by keyboard would
// begin at the top of the page again.
export function redrawInside(space, ...children) {
  const all = () => [...space.querySelectorAll("button:enabled, select, input, a")];
  const before = space.contains(document.activeElement) ? { at: all().indexOf(document.activeElement), name: nameOf(document.activeElement) } : null;
  space.replaceChildren(...children);
  if (!before) return;
  const now = all();
  const same = now.filter((one) => nameOf(one) === before.name);
  (same.includes(now[before.at]) ? now[before.at] : same[0] || now[0])?.focus({ preventScroll: true });
}

export const $ = (id) => document.getElementById(id);

export function say(text) {
  $("live").textContent = text;
}

export const count = (number) => number.toLocaleString("en-US");

export function percent(share) {
  if (share === null || share === undefined) return "–";
  if (share >= 0.995) return ">\u00a099\u00a0%";
  return share < 0.01 ? "<\u00a01\u00a0%" : `${Math.round(share * 100)}\u00a0%`;
}

// What a CSS custom property is now, for canvases.
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function select(label, options, value, onchange) {
  const list = h("select", { "aria-label": label, onchange: (event) => onchange(event.target.value) },
    options.map(([key, text]) => h("option", { value: key }, text)));
  list.value = value;
  return list;
}

export function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", class: "button", onclick, ...attributes }, text);
}
