// Planning (H3): what some runs would be like when planned anew, beside what they are, and why; then, perhaps, so be it.

import { get, write } from "./api.js";
import { around } from "./axis.js";
import { chart } from "./chart.js";
import { announce, h, replace } from "./dom.js";
import { conflictLines, span } from "./lateness.js";
import { lacks } from "./me.js";
import { planRow } from "./planrow.js";
import { problemBox } from "./problem.js";
import { utcText } from "./settimes.js";
import { applyAsSeen, changedWords } from "./whatif.js";
import { count, moment, shape } from "./words.js";

/** How many runs are looked at together here. */
const atMost = 100;
const conflictsAtMost = 6;

/** Plans the runs that the address names (`run`, again and again). */
export function planView(path, query) {
  const all = [...new Set(query.getAll("run"))];
  const ids = all.slice(0, atMost);
  const stopped = new AbortController();
  const title = h("h1", { tabindex: "-1" }, `Plan ${count(ids.length, "run")}`);
  const times = (value, label, text) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "times", value, checked: value === "earliest", onchange: look }), h("span", {}, label, h("span", { class: "fine" }, ` ${text}`)));
  const direction = h("fieldset", { class: "choices" }, h("legend", {}, "When"),
    times("earliest", "As early as possible", "from the start on"), times("latest", "As late as possible", "so that all due dates are kept"));
  const start = h("input", { type: "datetime-local", id: "plan-start", max: "9999-12-31T23:59", onchange: look });
  const due = h("input", { type: "datetime-local", id: "plan-due", max: "9999-12-31T23:59", onchange: look });
  const finite = h("input", { type: "checkbox", id: "plan-finite", checked: true, onchange: look });
  const outcome = h("div", {});
  const result = h("div", { class: "plan-result" });
  const reason = lacks("run.schedule");
  const apply = h("button", { type: "button", class: "primary", "aria-disabled": reason && "true", onclick: () => (reason ? announce(reason) : applyPlan()) }, "Apply this plan");
  const element = h("div", { class: "timeline" },
    h("header", { class: "plan-head" }, h("p", { class: "crumb" }, h("a", { href: "#/timeline" }, "Timeline")), title),
    h("section", { class: "sheet plan-asks" }, direction,
      h("div", { class: "fields" },
        h("p", { class: "field" }, h("label", { for: "plan-start" }, "Not before"), start, h("span", { class: "fine" }, "Now, where it is empty.")),
        h("p", { class: "field" }, h("label", { for: "plan-due" }, "Due, where a run has no due date"), due),
        h("label", { class: "choice" }, finite, h("span", {}, "Keep to capacity", h("span", { class: "fine" }, " no more steps at once than a work center takes; a good plan, not always the shortest")))),
      h("div", { class: "buttons" }, apply, reason && h("p", { class: "why" }, reason))),
    all.length > atMost && h("p", { class: "plan-cut" }, `You chose ${count(all.length, "run")}. ${atMost} can be planned together here: these are the first. `,
      h("a", { class: "button", href: `#/plan?${new URLSearchParams(all.slice(atMost).map((id) => ["run", id]))}` }, `Plan the other ${all.length - atMost}`)),
    outcome, result);
  let runs = [];
  let seen = null;
  let drawing = null;
  let opened = new Set();
  let turn = 0;

  const latest = () => direction.querySelector("input[value=latest]").checked;
  const body = () => ({ run_ids: ids, start: utcText(start.value) ?? undefined, due: utcText(due.value) ?? undefined, finite: finite.checked });

  /** Asks for the plan as it would be now, and shows it. Nothing is written. */
  async function look() {
    turn += 1;
    const mine = turn;
    try {
      const plan = await write("POST", "plans", { body: body() });
      if (mine !== turn || stopped.signal.aborted) return;
      replace(outcome);
      seen = { plan, at: Date.now() };
      show(plan);
      announce("This is the plan.");
    } catch (error) {
      if (mine !== turn || error.name === "AbortError") return;
      replace(outcome, problemBox(error));
      replace(result);
    }
  }

  async function applyPlan() {
    if (apply.disabled) return;
    apply.disabled = true;
    try {
      const [start, end] = latest() ? ["latest_start", "latest_finish"] : ["start", "finish"];
      const { changed } = await applyAsSeen({
        path: "plans/apply", body: { ...body(), times: latest() ? "latest" : "earliest" }, seen: seen.plan, seenAt: seen.at,
        look: () => write("POST", "plans", { body: body() }), times: ({ steps }) => steps.map((step) => [step.id, step[start], step[end]]),
      });
      await load();
      await look();
      if (changed) {
        replace(outcome, h("p", { class: "fine-state is-hold", role: "alert" }, shape("hold"), h("span", {}, changedWords)));
        return outcome.scrollIntoView({ block: "center" });
      }
      replace(outcome, h("p", { class: "fine-state is-complete", role: "status" }, shape("complete"),
        h("span", {}, "It is planned so now. ", h("a", { href: "#/timeline" }, "See the timeline"))));
      outcome.scrollIntoView({ block: "center" });
    } catch (error) {
      replace(outcome, problemBox(error));
      outcome.scrollIntoView({ block: "center" });
    } finally {
      apply.disabled = false;
    }
  }

  function show(plan) {
    const owners = new Map(runs.flatMap((run) => run.steps.map((step) => [step.id, { run, title: step.title }])));
    const places = new Map(runs.flatMap((run) => run.steps.map((step) => [step.location_id, step.location])));
    /** A step by its title; of another run than the one that is spoken of, by that too. */
    const title = (id, of = null) => {
      const owner = owners.get(id);
      if (!owner) return "another step";
      return owner.run === of || runs.length === 1 ? owner.title : `${owner.title}, run ${owner.run.number}`;
    };
    const run = (id) => {
      const number = runs.find((each) => each.id === id)?.number ?? plan.waits?.find((each) => each.supplying_run_id === id)?.supplying_run_number;
      return number ? `run ${number}` : "another run";
    };
    const lines = conflictLines(plan.conflicts, (id) => title(id), (place) => places.get(place) ?? "Its work center", run);
    drawing?.stop();
    const rows = runs.map((each) => planRow(each, plan, { isLatest: latest(), title: (id) => title(id, each), name: run, isOpen: runs.length === 1 || opened.has(each.id), toggled }));
    const moments = rows.flatMap((row) => row.moments());
    drawing = chart({ name: "Plan", corner: "Run", shown: around([...moments, Date.now()]), changed: () => {} });
    replace(result,
      h("div", { class: "plan-facts" },
        h("p", { class: "plan-summary" }, "All is done by ", moment(plan.finish), h("span", { class: "fine" }, `${span(plan.length_seconds * 1000)} from the start of the plan to its end, by the clock.`)),
        lines.length > 0 && h("section", {}, h("h2", {}, "Wrong with the schedule as it is now"),
          h("ul", { class: "blockers" }, lines.slice(0, conflictsAtMost).map((words) => h("li", {}, shape("late"), h("p", {}, words))),
            lines.length > conflictsAtMost && h("li", {}, shape("late"), h("p", {}, `and ${lines.length - conflictsAtMost} more`)))),
        h("p", { class: "plan-legend", "aria-hidden": "true" }, h("span", {}, h("i", {}), "as it would be"), h("span", {}, h("i", { class: "is-before" }), "as it is"))),
      h("div", { class: "plan-chart" }, drawing.element));
    drawing.show(rows);
  }

  function toggled(id, isOpen) {
    if (isOpen) opened.add(id);
    else opened.delete(id);
    drawing.redraw();
  }

  async function load() {
    runs = await Promise.all(ids.map((id) => get(`runs/${encodeURIComponent(id)}`, {}, stopped.signal)));
    if (runs.length === 1) title.textContent = `Plan run ${runs[0].number}`;
  }

  return {
    element,
    async start() {
      document.title = "Plan · Traveler";
      if (ids.length === 0) return replace(element, h("h1", { tabindex: "-1" }, "Nothing to plan"), h("p", {}, h("a", { href: "#/timeline" }, "Choose runs on the timeline")));
      await load();
      await look();
    },
    goesTo: () => false,
    stop() {
      drawing?.stop();
      stopped.abort();
    },
  };
}
