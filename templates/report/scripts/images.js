// Images: what the checks on single images found, and the map of all embeddings.
import { button, count, h, select } from "./dom.js";
import { checkTitle, className, data, given, pathOf, word } from "./data.js";
import { EmbeddingMap } from "./embedding_map.js";
import { picture } from "./picture.js";
import { note } from "./router.js";
import { VirtualGrid } from "./virtual.js";

// Choices of the menu besides checks: a quality figure, from its low or its high end.
const [LOWEST, HIGHEST] = ["low:", "top:"];
const MOST_EXTREMES = 500;
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
  const options = [...ofImages().map((check) => [check.check, `${check.title} (${count(check.findings)})`]),
    ...Object.keys(data.items.quality).flatMap((figure) => [[`${LOWEST}${figure}`, `Any image: lowest ${figureName(figure)}`], [`${HIGHEST}${figure}`, `Any image: highest ${figureName(figure)}`]])];
  imagesParts.toolbar.replaceChildren(...[
    select("Check", [["", "All checks on single images"], ...options], imagesState.check, (value) => { imagesState.check = value; imagesState.lasso = null; note("images", { check: value }); refill(); imagesDrawToolbar(); }),
    imagesState.lasso ? button("Clear the lasso", () => { imagesState.lasso = null; imagesParts.map.clear(); refill(); imagesDrawToolbar(); }) : null,
  ].filter(Boolean));
}

function refill() {
  const extreme = extremes(imagesState.check);
  const entries = imagesState.lasso ? imagesState.lasso.map((item) => ({ item })) : extreme || found();
  imagesParts.gallery.set(entries);
  const silent = data.checks.filter((check) => check.status !== "ran").map((check) => check.title);
  imagesParts.count.textContent = imagesState.lasso ? `${count(entries.length)} images chosen on the map`
    : extreme ? `the ${count(entries.length)} most extreme images, whether a check names them or not`
    : `${count(entries.length)} findings${entries.length ? "" : silent.length ? `; did not run: ${silent.join(", ")}` : ": nothing wrong with single images"}`;
  imagesDrawToolbar();
}

function found() {
  const wanted = imagesState.check ? data.checks.findIndex((check) => check.check === imagesState.check) : -1;
  const label = data.checks.findIndex((check) => check.check.includes("mislabel"));
  return data.findings.filter((finding) => finding.items.length === 1 && (wanted < 0 ? finding.check !== label : finding.check === wanted))
    .map((finding) => ({ item: finding.items[0], finding }));
}

// The images with the lowest or highest of a quality figure, null for other choices.
function extremes(choice) {
  const sign = choice.startsWith(LOWEST) ? 1 : choice.startsWith(HIGHEST) ? -1 : 0;
  const figure = choice.slice(LOWEST.length);
  const values = sign && data.items.quality[figure];
  if (!values) return null;
  return values.map((_, item) => item).filter((item) => values[item] !== null).sort((a, b) => sign * (values[a] - values[b])).slice(0, MOST_EXTREMES)
    .map((item) => ({ item, said: `${figureName(figure)} ${values[item]}` }));
}

const figureName = (figure) => figure.replaceAll("_", " ");

function cell({ item, finding, said }) {
  return h("div", { class: "card-cell" }, h("a", { class: "card", href: `#review?${new URLSearchParams({ item: pathOf(item) })}`, title: pathOf(item) },
    picture(item, ""), h("span", {}, finding ? h("span", { class: `status ${finding.severity}` }, checkTitle(finding)) : null, " ", className(given(item))),
    h("span", { class: "muted clip" }, finding ? finding.message : said || word("split", item)), h("span", { class: "path muted clip" }, pathOf(item))));
}
