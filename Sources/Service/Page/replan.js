// Planning again (H3): what of some runs can't stay where it is, from when to when it would move, and why; then, perhaps,
// so be it.

import { get, write } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { conflictLines, span } from "./lateness.js";
import { lacks } from "./me.js";
import { lateBy, movesPart } from "./moves.js";
import { problemBox, sentence } from "./problem.js";
import { applyAsSeen, changedWords } from "./whatif.js";
import { count, moment, shape } from "./words.js";

/** How many runs the service plans at once. */
const atMost = 1000;
/** Among how many runs those are looked for that can't be planned. */
const triedAtMost = 100;
const conflictsAtMost = 6;

/** Plans again the runs that the address names (`run`, again and again); without any, all that are late or behind. */
export function replanView(path, query) {
  const named = [...new Set(query.getAll("run"))];
  const stopped = new AbortController();
  const title = h("h1", { tabindex: "-1" }, "Re-plan");
  const finite = h("input", { type: "checkbox", id: "replan-finite", checked: true, onchange: look });
  const earlier = h("input", { type: "checkbox", id: "replan-earlier", onchange: look });
  const choice = h("details", { class: "replan-runs" });
  const cut = h("div", {});
  const outcome = h("div", {});
  const result = h("div", { class: "plan-result" });
  const reason = lacks("run.schedule");
  const apply = h("button", { type: "button", class: "primary", onclick: () => (reason ? announce(reason) : applyIt()) }, "Move them");
  const element = h("div", { class: "timeline" },
    h("header", { class: "plan-head" }, h("p", { class: "crumb" }, h("a", { href: "#/timeline" }, "Timeline")), title,
      h("p", { class: "fine" }, "What is done stands, and what is in progress keeps its start. What can't stay where it is moves to the first time that it can.")),
    h("section", { class: "sheet plan-asks" },
      h("div", { class: "fields" },
        h("label", { class: "choice" }, finite, h("span", {}, "Keep to capacity", h("span", { class: "fine" }, " no more steps at once than a work center takes"))),
        h("label", { class: "choice" }, earlier, h("span", {}, "Move to earlier times, too", h("span", { class: "fine" }, " where something was canceled or went faster")))),
      choice, cut, h("div", { class: "buttons" }, apply, reason && h("p", { class: "why" }, reason))),
    outcome, result);
  /** The runs that there are to choose among: id, number, title and, in words, what is wrong. */
  let runs = [];
  const left = new Set();
  let seen = null;
  let turn = 0;

  const chosen = () => runs.filter((run) => !left.has(run.id)).map((run) => run.id);
  const bodyFor = (run_ids) => ({ run_ids, finite: finite.checked, earlier: earlier.checked });
  const ask = (ids) => write("POST", "plans/replan", { body: bodyFor(ids) });
  const isRefusal = (error) => [409, 422].includes(error.status);

  /** What would move. Runs that keep the others from being planned are left out, each with its reason. */
  async function lookAt(ids) {
    try {
      return { plan: await ask(ids), ids, refused: [] };
    } catch (error) {
      if (!isRefusal(error) || ids.length === 1 || ids.length > triedAtMost) throw error;
      const alone = await Promise.all(ids.map((id) => ask([id]).then(() => null, (refusal) => {
        if (!isRefusal(refusal)) throw refusal;
        return { id, refusal };
      })));
      const refused = alone.filter((each) => each !== null);
      const others = ids.filter((id) => !refused.some((each) => each.id === id));
      if (refused.length === 0 || others.length === 0) throw error;
      return { plan: await ask(others), ids: others, refused };
    }
  }

  async function look() {
    turn += 1;
    const mine = turn;
    replace(outcome);
    if (chosen().length === 0) return show(null);
    apply.disabled = true;
    try {
      const found = await lookAt(chosen());
      if (mine !== turn || stopped.signal.aborted) return;
      show(found);
      announce(`${count(found.plan.moves.length, "step")} would move.`);
    } catch (error) {
      if (mine !== turn || error.name === "AbortError") return;
      show(null);
      replace(outcome, problemBox(error));
    }
  }

  async function applyIt() {
    if (apply.disabled) return;
    apply.disabled = true;
    const { plan, ids, refused, at } = seen;
    try {
      const { done, changed } = await applyAsSeen({
        path: "plans/replan/apply", body: bodyFor(ids), seen: plan, seenAt: at, look: () => ask(ids),
        times: ({ moves }) => moves.map((move) => [move.id, move.start, move.end]),
      });
      if (changed) {
        show({ plan: changed, ids, refused });
        replace(outcome, h("p", { class: "fine-state is-hold", role: "alert" }, shape("hold"), h("span", {}, changedWords)));
      } else {
        await look();
        replace(outcome, h("p", { class: "fine-state is-complete", role: "status" }, shape("complete"),
          h("span", {}, `${count(done.moves.length, "step is", "steps are")} moved. `, h("a", { href: "#/timeline" }, "See the timeline"))));
      }
    } catch (error) {
      replace(outcome, problemBox(error));
    } finally {
      apply.disabled = seen === null || seen.plan.moves.length === 0;
      outcome.scrollIntoView({ block: "center" });
    }
  }

  function show(found) {
    seen = found && { ...found, at: Date.now() };
    const plan = found?.plan;
    const moves = plan?.moves ?? [];
    apply.disabled = moves.length === 0;
    apply.textContent = moves.length === 0 ? "Nothing to move" : `Move ${count(moves.length, "step")}`;
    showChoice();
    if (!plan) return replace(result);
    const titles = new Map(moves.map((move) => [move.id, move.title]));
    const numbers = new Map([...runs, ...plan.runs].map((run) => [run.id, run.number]));
    for (const wait of plan.waits) numbers.set(wait.supplying_run_id, wait.supplying_run_number);
    const owners = new Map(moves.map((move) => [move.id, move.run_id]));
    const name = (id) => (numbers.has(id) ? `run ${numbers.get(id)}` : "another run");
    const stepName = (id) => `${titles.get(id) ?? "a step"}${owners.has(id) && plan.runs.length > 1 ? `, ${name(owners.get(id))}` : ""}`;
    const wrong = conflictLines(plan.conflicts, stepName, () => "Its work center", name);
    const moving = plan.runs.filter((run) => run.moves > 0);
    const staying = plan.runs.filter((run) => run.moves === 0);
    replace(result,
      h("p", { class: "plan-summary" }, "All is done by ", moment(plan.finish),
        h("span", { class: "fine" }, plan.finish_before ? ["planned now: ", moment(plan.finish_before), ". "] : "Nothing of it is planned now. ",
          `${count(plan.unmoved, "step stays", "steps stay")} where ${plan.unmoved === 1 ? "it is" : "they are"}.`)),
      unplanned(found, name),
      wrong.length > 0 && h("details", { class: "away" }, h("summary", {}, `Wrong with the schedule as it is now: ${count(wrong.length, "thing")}`),
        h("ul", { class: "blockers" }, wrong.slice(0, conflictsAtMost).map((words) => h("li", {}, shape("late"), h("p", {}, words))),
          wrong.length > conflictsAtMost && h("li", {}, shape("late"), h("p", {}, `and ${wrong.length - conflictsAtMost} more`)))),
      moving.map((run) => movesPart(run, moves.filter((move) => move.run_id === run.id), name)),
      staying.length > 0 && h("details", { class: "away" }, h("summary", {}, `${count(staying.length, "run stays as it is", "runs stay as they are")}`),
        h("ul", { class: "queue-list" }, staying.map((run) => h("li", {}, h("a", { class: "queue-row", href: `#/runs/${run.id}` },
          h("span", { class: "what" }, h("span", { class: "title" }, `${run.number} ${run.title}`), h("span", { class: "fine" }, "ends ", moment(run.end), lateBy(run) && `, ${span(lateBy(run))} after it is due`))))))));
  }

  /** What no plan can be made for, or waits for what nobody has planned, and why. */
  function unplanned({ plan, ids, refused }, name) {
    const told = new Set(plan.runs.map((run) => run.id));
    const lines = [
      ...refused.map(({ id, refusal }) => [h("a", { href: `#/runs/${id}` }, capital(name(id))), ` is left out: ${sentence(refusal)} `, refusal.clear]),
      ...runs.filter((run) => ids.includes(run.id) && !told.has(run.id)).map((run) => [h("a", { href: `#/runs/${run.id}` }, capital(name(run.id))), " has nothing left to plan."]),
      ...plan.waits.filter((wait) => ["unscheduled", "canceled"].includes(wait.state)).map((wait) => [
        h("a", { href: `#/runs/${wait.run_id}` }, capital(name(wait.run_id))), ` waits for what ${name(wait.supplying_run_id)} builds, which is ${wait.state === "canceled" ? "canceled" : "not planned"}: nobody can say when that comes. `,
        wait.state === "unscheduled" && h("a", { href: `#/plan?${new URLSearchParams([["run", wait.run_id], ["run", wait.supplying_run_id]])}` }, "Plan both"),
      ]),
    ];
    return lines.length > 0 && h("section", { class: "replan-unplanned" }, h("h2", {}, "Can't be planned"), h("ul", { class: "blockers" }, lines.map((words) => h("li", {}, shape("hold"), h("p", {}, words)))));
  }

  function showChoice() {
    const number = runs.length - left.size;
    const isOpen = choice.open;
    replace(choice, h("summary", {}, number === runs.length ? count(runs.length, "run") : `${number} of ${count(runs.length, "run")}`, named.length === 0 && " that are late or behind"),
      h("div", { class: "choices tall" }, runs.map((run) => {
        const box = h("input", { type: "checkbox", checked: !left.has(run.id), onchange: () => {
          if (box.checked) left.delete(run.id);
          else left.add(run.id);
          look();
        } });
        box.dataset.run = run.id;
        return h("label", { class: "choice" }, box, h("span", {}, `${run.number} ${run.title}`, run.words && h("span", { class: "fine" }, " ", run.words)));
      })));
    choice.open = isOpen;
  }

  async function load() {
    if (named.length === 0) return loadBehind();
    if (named.length > atMost) replace(cut, more(`You chose ${count(named.length, "run")}. ${atMost} can be planned at once: these are the first.`, named.slice(atMost)));
    // One question names them all; what it does not tell has nothing left to do, and is asked for by itself.
    const told = await ask(named.slice(0, atMost)).then((plan) => plan.runs, (error) => {
      if (!isRefusal(error)) throw error;
      return [];
    });
    const known = new Map(told.map((run) => [run.id, run]));
    runs = await Promise.all(named.slice(0, atMost).map(async (id) => known.get(id) ?? get(`runs/${encodeURIComponent(id)}`, {}, stopped.signal)));
  }

  async function loadBehind() {
    let cursor = null;
    do {
      const page = await get("timeline/behind", { limit: 200, cursor }, stopped.signal);
      runs.push(...page.items.map((run) => ({ ...run, words: run.late ? "late" : "behind its schedule" })));
      cursor = page.next_cursor;
    } while (cursor !== null && runs.length < atMost);
    if (cursor !== null) replace(cut, h("p", { class: "fine" }, `More than ${count(runs.length, "run")} are late or behind. These are the first by their number: once they are planned again, come back for the others.`));
  }

  const more = (words, ids) => h("p", { class: "fine" }, `${words} `, h("a", { class: "button", href: `#/replan?${new URLSearchParams(ids.map((id) => ["run", id]))}` }, `Re-plan the other ${ids.length}`));

  return {
    element,
    async start() {
      document.title = "Re-plan · Traveler";
      await load();
      if (runs.length === 0) return replace(element, title, h("p", { class: "fine-state is-complete" }, shape("complete"), h("span", {}, "No run is late or behind its schedule. ", h("a", { href: "#/timeline" }, "See the timeline"))));
      if (runs.length === 1) title.textContent = `Re-plan run ${runs[0].number}`;
      await look();
    },
    goesTo: () => false,
    stop: () => stopped.abort(),
  };
}

function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
