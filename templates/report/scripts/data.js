// The page's data, from the page itself or from its server: read once, then by position. `payload.py` says what each field means.
import { $ } from "./dom.js";
import { served } from "./server.js";

export const data = {};
export const thumbnails = [];

export async function load() {
  Object.assign(data, served ? await (await fetch("data")).json() : await unpacked());
  data.findingsOf = findingsByItem();
}

async function unpacked() {
  const packed = Uint8Array.from(atob($("data").textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  for (const thumbnail of $("thumbnails").textContent.split("\n")) thumbnails.push(thumbnail);
  $("data").remove();
  $("thumbnails").remove();
  return new Response(stream).json();
}

function findingsByItem() {
  const byItem = new Map();
  for (const finding of data.findings) {
    for (const item of finding.items) {
      if (!byItem.has(item)) byItem.set(item, []);
      byItem.get(item).push(finding);
    }
  }
  return byItem;
}

// A class as people call it, and as labels say it: ids may have words.
export const className = (number) => (number < 0 ? "(no label)" : data.names[number]);
export const labelOf = (number) => (number < 0 ? "" : data.classes[number]);
export const pathOf = (item) => data.items.path[item];
export const given = (item) => data.items.given[item];
export const predicted = (item) => data.items.predicted[item];
export const suggested = (item) => data.items.suggested[item];
export const findingsOf = (item) => data.findingsOf.get(item) || [];
export const hasThumbnail = (item) => served || data.items.thumbnail[item] >= 0;
export const checkTitle = (finding) => data.checks[finding.check].title;

export function word(column, item) {
  return data.items[column].words[data.items[column].codes[item]];
}

export function words(column) {
  return data.items[column].words;
}

// The finding that a decision about this item answers: of the check asked for, else about its label, else the first.
export function findingFor(item, check = "") {
  const found = findingsOf(item);
  const of = (name) => found.find((finding) => data.checks[finding.check].check === name);
  return (check && of(check)) || of("mislabel") || found[0] || null;
}

// `datadoctor apply` compares the digest of the file; a page of very many images has it only for those with findings.
export const decidable = (item) => data.items.digest[item] !== "" || word("error", item) !== "";

export const itemAt = (path) => data.items.path.indexOf(path);
