// Light or dark: as the system says until the reader chooses.
import { $ } from "./dom.js";
import { remembered, remember } from "./memory.js";

export function startTheme(redraw) {
  const chosen = remembered("datadoctor/theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
  $("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    remember("datadoctor/theme", next);
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
