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
