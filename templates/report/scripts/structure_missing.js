import { h } from "./dom.js";
import { data } from "./data.js";

// Why a part of the class structure is not there.
export const whyMissing = (part) => h("p", { class: "muted" }, `Not made: ${data.structure.missing[part] || "the run does not say why"}.`);
