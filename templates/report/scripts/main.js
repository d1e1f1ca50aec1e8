// Starts the page: data, then decisions, then the screen that the address names.
import { $, count } from "./dom.js";
import { data, load } from "./data.js";
import { decisionCount, onDecision, restoreDecisions } from "./decisions.js";
import { download } from "./decisions_file.js";
import { startHelp } from "./help.js";
import { startTheme } from "./theme.js";
import { redraw, screen, startRouter } from "./router.js";
import { drawWorst } from "./worst.js";
import { review } from "./review.js";
import { duplicates } from "./duplicates.js";
import { classes } from "./classes.js";
import { images } from "./images.js";
import { startDropping } from "./dropped.js";
import { complain, openDesk, served } from "./server.js";
import { startStanding } from "./standing.js";
import { sheet } from "./sheet.js";
import { sample } from "./sample.js";
import { startApplying } from "./applying.js";

async function start() {
  await Promise.all([load(), served ? openDesk() : null]);
  restoreDecisions();
  if (served) await startServed();
  screen("review", review);
  screen("duplicates", duplicates);
  screen("classes", classes);
  screen("images", images);
  onDecision(showProgress);
  showProgress();
  $("tally-review").textContent = count(data.queue.length);
  $("tally-duplicates").textContent = count(data.shortened.sets);
  if (!served) $("download").addEventListener("click", download);
  startTheme(redraw);
  startHelp();
  drawWorst($("worst"));
  startRouter();
  openForPrint();
  document.documentElement.dataset.ready = "yes";
}

async function startServed() {
  await startStanding();
  screen("sheet", sheet);
  screen("sample", sample);
  startDropping();
  startApplying(redraw);
}

// What is folded away on the screen is read on paper.
function openForPrint() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
}

function showProgress() {
  const made = decisionCount();
  $("download").disabled = made === 0;
  $("download").classList.toggle("primary", made > 0);
  if (served) $("download").textContent = "Apply…";
  else $("download").textContent = made ? `Download ${count(made)} decision${made > 1 ? "s" : ""}` : "Download decisions";
}

start().catch((error) => { if (served) complain(error); throw error; });
