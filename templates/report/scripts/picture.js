// A thumbnail, or a box that says there is none on this page.
import { h } from "./dom.js";
import { data, thumbnails, pathOf } from "./data.js";
import { pictureAddress, served } from "./server.js";

// Served, `side` is that of the picture wanted; a file holds one picture of each image at most.
function source(item, side) {
  if (served) return data.items.error.words[data.items.error.codes[item]] ? null : pictureAddress(data.items.place[item], data.items.digest[item].slice(0, 12), side);
  const place = data.items.thumbnail[item];
  if (place < 0) return null;
  // The first letters of the two formats on the page, in base64.
  return `data:image/${thumbnails[place].startsWith("UklGR") ? "webp" : "jpeg"};base64,${thumbnails[place]}`;
}

export function picture(item, alternative = pathOf(item), side = 160) {
  const address = source(item, side);
  // A path of nothing but blanks would be no alternative.
  if (address) return h("img", { src: address, alt: alternative.trim() ? alternative : "picture", decoding: "async", draggable: "false", onload: sharpened });
  const why = data.items.error.words[data.items.error.codes[item]] || "not on this page";
  return h("span", { class: "no-picture", role: "img", "aria-label": `${alternative}: ${why}` }, why);
}

// Pixels of tiny images are content, not noise to smooth away.
function sharpened(event) {
  if (event.target.naturalWidth < 64 && event.target.naturalHeight < 64) event.target.classList.add("tiny");
}

export function loaded(item) {
  const address = source(item, 768);
  if (!address) return Promise.resolve(null);
  const image = new Image();
  image.src = address;
  return image.decode().then(() => image, () => null);
}
