// Images: what the checks on single images found, and the map of all embeddings.
import { button, count, h, select } from "./dom.js";
import { checkTitle, className, data, given, pathOf, word } from "./data.js";
import { EmbeddingMap } from "./embedding_map.js";
import { picture } from "./picture.js";
import { note } from "./router.js";
import { VirtualGrid } from "./virtual.js";

const imagesParts = {};
const imagesState = { check: "", lasso: null };

export const images = { draw: imagesDraw, show: imagesShow, keys: () => false };

function imagesDraw(section) {
  imagesParts.toolbar = h("div", { class: "toolbar" });
  imagesParts.gallery = new VirtualGrid({ label: "Images", cellWidth: 190, cellHeight: 214, make: cell });
  imagesParts.map = new EmbeddingMap((items) => { imagesState.lasso = items; refill(); });
  imagesParts.count = h("p", { class: "muted progress" });
  section.append(h("h1", { class: "hidden", id: "title-images" }, "Images"), imagesParts.toolbar,
    h("div", { class: "split" }, h("div", { class: "gallery" }, imagesParts.count, imagesParts.gallery.element), imagesParts.map.element));
}

function imagesShow(query) {
  imagesState.check = query.get("check") || "";
  imagesDrawToolbar();
  refill();
  imagesParts.map.draw();
}

const ofImages = () => data.checks.filter((check, number) => check.findings && data.findings.some((finding) => finding.check === number && finding.items.length === 1));

function imagesDrawToolbar() {
  const options = ofImages().map((check) => [check.check, `${check.title} (${count(check.findings)})`]);
  imagesParts.toolbar.replaceChildren(...[
    select("Check", [["", "All checks on single images"], ...options], imagesState.check, (value) => { imagesState.check = value; imagesState.lasso = null; note("images", { check: value }); refill(); imagesDrawToolbar(); }),
    imagesState.lasso ? button("Clear the lasso", () => { imagesState.lasso = null; imagesParts.map.clear(); refill(); imagesDrawToolbar(); }) : null,
  ].filter(Boolean));
}

function refill() {
  const entries = imagesState.lasso ? imagesState.lasso.map((item) => ({ item })) : found();
  imagesParts.gallery.set(entries);
  const silent = data.checks.filter((check) => check.status !== "ran").map((check) => check.title);
  imagesParts.count.textContent = imagesState.lasso ? `${count(entries.length)} images chosen on the map`
    : `${count(entries.length)} findings${entries.length ? "" : silent.length ? `; did not run: ${silent.join(", ")}` : ": nothing wrong with single images"}`;
  imagesDrawToolbar();
}

function found() {
  const wanted = imagesState.check ? data.checks.findIndex((check) => check.check === imagesState.check) : -1;
  const label = data.checks.findIndex((check) => check.check.includes("mislabel"));
  return data.findings.filter((finding) => finding.items.length === 1 && (wanted < 0 ? finding.check !== label : finding.check === wanted))
    .map((finding) => ({ item: finding.items[0], finding }));
}

function cell({ item, finding }) {
  return h("div", { class: "card-cell" }, h("a", { class: "card", href: `#review?${new URLSearchParams({ item: pathOf(item) })}`, title: pathOf(item) },
    picture(item, ""), h("span", {}, finding ? h("span", { class: `status ${finding.severity}` }, checkTitle(finding)) : null, " ", className(given(item))),
    h("span", { class: "muted clip" }, finding ? finding.message : word("split", item)), h("span", { class: "path muted clip" }, pathOf(item))));
}
