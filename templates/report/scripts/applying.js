// What the decisions would change, in the words of `datadoctor apply`, and the button that does it; and who decided what.
import { $, button, count, h, percent } from "./dom.js";
import { ask, callMe, complain, desk, reviewer, tell } from "./server.js";
import { forget } from "./sheet_facts.js";
import { refresh } from "./standing.js";

export function startApplying(redraw) {
  const name = button("", openPeople, { id: "reviewer", title: "Who decides, and who decided what" });
  $("download").before(name);
  const show = () => { name.textContent = desk.read_only ? "Read-only" : reviewer(); };
  show();
  const improve = button("Improve", startImproving, { id: "improve", title: "Judge the labels again with what was answered", disabled: desk.read_only });
  name.before(improve);
  $("download").addEventListener("click", openPlan);

  async function startImproving() {
    improve.disabled = true;
    improve.textContent = "Judging…";
    try {
      await tell("improve", {});
      let now = { state: "running" };
      while (now.state === "running") {
        await new Promise((resolve) => { setTimeout(resolve, 500); });
        now = await ask("improved");
      }
      if (now.state !== "done") throw new Error(now.error);
      forget();
      redraw();
      const dialog = dialogOf("Judged again", h("p", {}, `With ${count(now.known)} answers, in ${Math.round(now.seconds)} s: ${(100 * now.estimate).toFixed(1)} % of the labels as they were given are wrong, ${(100 * now.low).toFixed(1)} to ${(100 * now.high).toFixed(1)} %.`),
        h("ul", {}, flips(now.up, "up", "doubted now"), flips(now.down, "down", "not doubted any more")));
      function flips(number, state, said) {
        return h("li", {}, number ? h("a", { href: `#sheet?state=${state}&sort=-p`, onclick: () => dialog.close() }, `${count(number)} ${said}`) : `none ${said}`);
      }
    } catch (error) { complain(error); }
    improve.disabled = false;
    improve.textContent = "Improve";
  }

  async function openPeople() {
    const people = await ask("reviewers").catch(complain);
    if (!people) return;
    const input = h("input", { type: "text", id: "my-name", maxlength: 100, value: reviewer(), disabled: desk.read_only });
    const dialog = dialogOf("Reviewers",
      h("p", {}, h("label", { for: "my-name" }, "I am "), input),
      h("dl", { class: "pairs" }, Object.entries(people.counts).map(([who, number]) => [h("dt", {}, who), h("dd", {}, h("a", { href: `#sheet?${new URLSearchParams({ reviewer: who })}`, onclick: () => dialog.close() }, `${count(number)} images`))])),
      people.agreement.map(({ reviewers, images, same }) => h("p", { class: "muted" }, `${reviewers.join(" and ")}: ${percent(same)} of ${count(images)} answers equal`)),
      people.disputed ? h("p", {}, h("a", { href: "#sheet?state=disputed", onclick: () => dialog.close() }, `${count(people.disputed)} images in dispute`)) : null);
    dialog.addEventListener("close", () => {
      if (input.value.trim() && input.value.trim() !== reviewer()) { callMe(input.value.trim()); show(); redraw(); }
    });
  }

  async function openPlan() {
    const plan = await ask("plan").catch(complain);
    if (!plan) return;
    const write = button(`Write ${count(plan.changes)} change${plan.changes === 1 ? "" : "s"}`, async () => {
      write.disabled = true;
      try {
        const { applied } = await tell("apply", { code: plan.code });
        await refresh();
        dialog.querySelector("pre").textContent = `Applied ${count(applied)} decisions. To take them back: datadoctor apply --undo .datadoctor/corrections.jsonl, with --write`;
      } catch (error) { complain(error); write.disabled = false; }
    }, { class: "button primary", disabled: !plan.changes || desk.read_only });
    const dialog = dialogOf("What would change", h("p", { class: "muted" }, `in ${plan.target}; nothing is written until you say so`),
      h("pre", { class: "plan", tabindex: "0" }, plan.text), h("div", { class: "actions" }, write));
  }
}

function dialogOf(title, ...content) {
  const dialog = h("dialog", { "aria-label": title }, h("h2", {}, title), content, button("Close", () => dialog.close()));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
