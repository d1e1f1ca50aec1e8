// A thumbnail, or a box that says there is none on this page.
import { h } from "./dom.js";
import { data, thumbnails, pathOf } from "./data.js";

export function source(item) {
  const place = data.items.thumbnail[item];
  return place < 0 ? null : `data:image/jpeg;base64,${thumbnails[place]}`;
}

export function picture(item, alternative = pathOf(item)) {
  const address = source(item);
  if (address) return h("img", { src: address, alt: alternative, decoding: "async", draggable: "false" });
  const why = data.items.error.words[data.items.error.codes[item]] || "not on this page";
  return h("span", { class: "no-picture", role: "img", "aria-label": `${alternative}: ${why}` }, why);
}

export function loaded(item) {
  const address = source(item);
  if (!address) return Promise.resolve(null);
  const image = new Image();
  image.src = address;
  return image.decode().then(() => image, () => null);
}
