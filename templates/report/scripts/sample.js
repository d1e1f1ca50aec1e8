// The audit by hand: the images that settle the share of wrong labels, without suggestions; the interval shrinks with every answer.
import { button, count, h, select } from "./dom.js";
import { className, data } from "./data.js";
import { chooseClass } from "./label_picker.js";
import { chooseSet } from "./set_picker.js";
import { ask, complain, desk, pictureAddress, reviewer } from "./server.js";
import { knowFacts } from "./sheet_facts.js";
import { mine, onStanding, record, takeBack } from "./standing.js";

const SIZES = [50, 100, 200, 500];
const sampleParts = {};
const state = { size: 100, places: [], at: 0 };

export const sample = { draw: sampleDraw, show: sampleShow, keys: sampleKeys };

function sampleDraw(section) {
  sampleParts.toolbar = h("div", { class: "toolbar" });
  sampleParts.stage = h("div", { class: "stage" });
  section.append(h("h1", { class: "hidden", id: "title-sample" }, "Audit sample"), sampleParts.toolbar, sampleParts.stage);
  onStanding(() => { if (!section.hidden) draw(false); });
}

function sampleShow() {
  draw(true);
}

async function draw(seek) {
  try {
    const found = await ask("sample", { size: state.size, reviewer: reviewer() });
    state.places = found.places;
    if (seek) state.at = Math.max(0, next(-1));
    const interval = `${(100 * found.low).toFixed(1)} to ${(100 * found.high).toFixed(1)} %`;
    sampleParts.toolbar.replaceChildren(select("Size of the sample", SIZES.map((size) => [String(size), `${size} images`]), String(state.size), (size) => { state.size = Number(size); draw(true); }),
      h("b", { class: "grow", "aria-live": "polite" }, `Wrong labels by these answers: ${(100 * found.estimate).toFixed(1)} %, ${interval}`),
      h("span", { class: "muted" }, `${count(found.answered)} of ${count(found.places.length)} answered`));
    await drawImage();
  } catch (error) {
    sampleParts.stage.replaceChildren(h("p", { class: "empty" }, error.message));
  }
}

const next = (from) => state.places.findIndex((place, at) => at > from && !mine(place));

async function drawImage() {
  const place = state.places[state.at];
  const one = await knowFacts(place);
  const made = mine(place);
  sampleParts.stage.replaceChildren(
    h("figure", { class: "subject" }, h("img", { src: pictureAddress(place, one.version, 768), alt: one.path }),
      h("figcaption", {}, h("div", { class: "verdict" }, "Is this ", h("span", { class: "becomes" }, className(one.given)), "?"), h("div", { class: "path muted" }, one.path))),
    h("div", { class: "actions" }, button([h("kbd", {}, "k"), "Yes, keep"], () => answer("keep"), { "aria-pressed": String(made?.decision === "keep"), disabled: desk.read_only }),
      button([h("kbd", {}, "l"), made?.decision === "relabel" ? made.label : "No, it is …"], () => answer("relabel"), { "aria-pressed": String(made?.decision === "relabel"), disabled: desk.read_only }),
      button([h("kbd", {}, "u"), "Undo"], takeBack, { disabled: desk.read_only })),
    h("div", { class: "stepper" }, button("← Previous", () => step(-1), { disabled: state.at === 0 }), h("span", { class: "muted" }, `${state.at + 1} of ${state.places.length}`), button("Next →", () => step(1), { disabled: state.at >= state.places.length - 1 })));
}

async function answer(decision) {
  if (desk.read_only) return;
  const place = state.places[state.at];
  const one = await knowFacts(place);
  const label = decision === "relabel" ? await (data.several ? chooseSet(one.given, one.given) : chooseClass([], { given: one.given, suggested: -1 })) : "";
  if (label === null) return;
  if (!(await record([{ place, decision, label }], "audit sample"))) return;
  const open = next(state.at);
  state.at = open >= 0 ? open : state.at;
  drawImage().catch(complain);
}

function step(by) {
  state.at = Math.min(Math.max(state.at + by, 0), state.places.length - 1);
  drawImage().catch(complain);
}

function sampleKeys(event) {
  const act = { k: () => answer("keep"), l: () => answer("relabel"), u: takeBack, ArrowRight: () => step(1), ArrowLeft: () => step(-1) }[event.key];
  if (act) act();
  return Boolean(act);
}
