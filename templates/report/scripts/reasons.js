// Images that look like another class for the same reason: one stands for them, and others are near but decided otherwise.
import { count, h } from "./dom.js";
import { className, data, given, pathOf, suggested } from "./data.js";
import { picture } from "./picture.js";

const SHOWN = 24;
const MOST_IN_STRIP = 11;

let reasonOfItem = null;

function reasonOf(item) {
  if (!reasonOfItem) reasonOfItem = new Map(data.reasons.flatMap((reason) => reason.items.map((one) => [one, reason])));
  return reasonOfItem.get(item);
}

// Beside an image: whom it looks like, and whom it does not.
export function sharedReason(item) {
  const reason = reasonOf(item);
  if (!reason) return null;
  const others = reason.items.filter((one) => one !== item);
  return h("section", { class: "shared" }, h("h2", {}, reason.size > 1 ? "The same reason" : "What sets it apart"), h("p", {}, sentence(reason, item)), boundaries(reason),
    others.length ? strip(others, MOST_IN_STRIP, standing(reason)) : null, counters(reason));
}

// The reasons that most images share, one a card.
export function drawReasons(space) {
  const shared = data.reasons.filter((reason) => reason.size > 1 && reason.items.length).slice(0, SHOWN);
  if (!shared.length) return space.append(h("p", { class: "muted" }, data.reasons.length ? "No two flagged images look like another class for the same reason." : "This run kept no reasons: no labels were judged, or an older version made it."));
  space.append(h("div", { class: "class-pairs" }, shared.map((reason) => h("article", { class: "set shared" }, h("p", {}, sentence(reason, -1)), boundaries(reason),
    strip(reason.items, MOST_IN_STRIP, standing(reason)), counters(reason)))));
  return undefined;
}

function sentence(reason, item) {
  const names = [h("b", {}, className(reason.given)), " look", reason.size > 1 ? "" : "s", " like ", h("b", {}, className(reason.suggested))];
  if (reason.size === 1) return ["The only ", ...names, " for its reason."];
  const stands = item < 0 ? "the first stands for them." : item === reason.items[0] ? "this one stands for them." : "the first here stands for them.";
  return [`${count(reason.size)} `, ...names, " for the same reason; ", stands];
}

const boundaries = (reason) => h("p", { class: "muted why" }, reason.why ? `${reason.why}. ` : "", reason.alike ? `${count(reason.alike)} rightly labelled ${className(reason.suggested)} lie there, too.` : "");

const standing = (reason) => (item) => (item === reason.items[0] ? "stands" : "");

function counters(reason) {
  if (!reason.counters.length) return null;
  return [h("h3", {}, "Near, but decided otherwise"), strip(reason.counters, MOST_IN_STRIP, () => "counter")];
}

function strip(items, most, tone) {
  const more = items.length - most;
  return h("ul", { class: "neighbours" }, items.slice(0, most).map((item) => {
    const name = className(tone(item) === "counter" ? suggested(item) : given(item));
    return h("li", { class: tone(item) }, h("a", { href: `#review?${new URLSearchParams({ item: pathOf(item) })}`, title: pathOf(item) }, picture(item, name), h("span", {}, name)));
  }), more > 0 ? h("li", { class: "muted more" }, `and ${count(more)} more`) : null);
}
