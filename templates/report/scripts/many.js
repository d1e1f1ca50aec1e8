// Many suggestions at once: what is expected, ten to look at, and only then the rest.
import { button, count, h, say } from "./dom.js";
import { className } from "./data.js";
import { ask, complain, pictureAddress, reviewer, tell } from "./server.js";
import { knowFacts } from "./sheet_facts.js";
import { refresh } from "./standing.js";

export function offerMany(question, done) {
  const body = h("div", {});
  const dialog = h("dialog", { class: "many", "aria-label": "Take many suggestions" }, body);
  dialog.addEventListener("close", () => { dialog.remove(); done(); });
  document.body.append(dialog);
  askHowMany(dialog, body, question);
  dialog.showModal();
}

function askHowMany(dialog, body, question) {
  const number = h("input", { type: "number", min: 10, step: 1, value: 100, id: "how-many" });
  const go = async () => {
    try {
      spotCheck(dialog, body, await ask("many", { ...question, count: number.value, reviewer: reviewer() }));
    } catch (error) { complain(error); }
  };
  number.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go(); } });
  body.replaceChildren(h("h2", {}, "Take many suggestions"),
    h("p", {}, "The first suggestions here that nobody decided, in the order shown. Ten drawn ones are looked at first."),
    h("p", {}, h("label", { for: "how-many" }, "How many "), number),
    h("div", { class: "actions" }, button("Go on", go, { class: "button primary" }), button("Cancel", () => dialog.close())));
}

async function spotCheck(dialog, body, offer) {
  const right = [];
  const expected = `${count(offer.count)} suggestions, ${count(offer.low)} to ${count(offer.high)} expected right`;
  const step = async (at) => {
    if (at === offer.checked.length) return finish(dialog, body, offer, right);
    const place = offer.checked[at];
    const one = await knowFacts(place);
    const answer = (yes) => { if (yes) right.push(place); step(at + 1); };
    const keys = (event) => { if (event.key === "y" || event.key === "n") { event.preventDefault(); body.onkeydown = null; answer(event.key === "y"); } };
    body.onkeydown = keys;
    const yes = button([h("kbd", {}, "y"), "Right"], () => answer(true), { class: "button primary" });
    body.replaceChildren(h("h2", {}, expected), h("p", { class: "muted" }, `Spot check ${at + 1} of ${offer.checked.length}: is this suggestion right?`),
      h("figure", { class: "subject" }, h("img", { src: pictureAddress(place, one.version, 768), alt: one.path }),
        h("figcaption", {}, h("div", { class: "verdict" }, h("span", { class: "was" }, className(one.given)), h("span", { class: "arrow" }, "→"), h("span", { class: "becomes" }, className(one.suggested))), h("div", { class: "path muted" }, one.path))),
      h("div", { class: "actions" }, yes, button([h("kbd", {}, "n"), "Wrong"], () => answer(false)), button("Cancel", () => dialog.close())));
    yes.focus();
    return undefined;
  };
  step(0);
}

async function finish(dialog, body, offer, right) {
  try {
    const { taken, expected } = await tell("many", { offer: offer.offer, right });
    await refresh();
    const seen = `${right.length} of ${offer.checked.length} looked at were right`;
    const said = taken ? `${seen}: ${count(taken)} more suggestions taken, marked with *.`
      : `${seen}; about ${expected?.toFixed(1) ?? "all"} were expected. That would be a surprise, so nothing else was taken: decide these one by one.`;
    say(said);
    body.replaceChildren(h("h2", {}, taken ? "Taken" : "Not taken"), h("p", {}, said), h("div", { class: "actions" }, button("Close", () => dialog.close(), { class: "button primary", autofocus: true })));
    body.querySelector("button").focus();
  } catch (error) { complain(error); }
}
