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

// A label as people call it, and as the dataset says it: ids may have words. Numbers beyond the classes are sets of several.
export const className = (number) => (number < 0 ? "(no label)" : number < data.classes.length ? data.names[number] : setName(setOf(number)));
export const labelOf = (number) => (number < 0 ? "" : number < data.classes.length ? data.classes[number] : setText(setOf(number)));
export const setOf = (number) => (number < 0 ? [] : number < data.classes.length ? [number] : data.label_sets[number - data.classes.length]);
export const setName = (classes) => classes.map((number) => data.names[number]).join(" + ") || "(none of the classes)";

// Several labels as one text, as the tables of a run have it.
export function setText(classes) {
  const names = classes.map((number) => data.classes[number]);
  const plain = names.length && !names.some((name) => name.includes("|") || name.startsWith("["));
  return plain ? names.join("|") : JSON.stringify(names);
}

// What people call the label in a text.
export function nameOfLabel(text) {
  if (!data.several) return className(data.classes.indexOf(text));
  const names = text.startsWith("[") ? JSON.parse(text) : text.split("|");
  return setName(names.map((name) => data.classes.indexOf(name)));
}
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
  return (check && of(check)) || found.find(ofLabel) || found[0] || null;
}

const OF_LABELS = ["mislabel", "extra-label", "missing-label"];
const ofLabel = (finding) => OF_LABELS.includes(data.checks[finding.check].check);

// The keys that a decision about this item answers: one, or those of all findings about its several labels.
export function keyFor(item, check = "") {
  const finding = findingFor(item, check);
  if (!finding) return "";
  return ofLabel(finding) ? findingsOf(item).filter(ofLabel).map((one) => one.key).join(" ") : finding.key;
}

// `datadoctor apply` compares the digest of the file; a page of very many images has it only for those with findings.
export const decidable = (item) => data.items.digest[item] !== "" || word("error", item) !== "";

export const itemAt = (path) => data.items.path.indexOf(path);
