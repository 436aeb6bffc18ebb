// A run in a plan: as it would be, as it is, and for each of its steps why it starts no earlier.

import { shareOf } from "./axis.js";
import { bar, planText, stretch } from "./bar.js";
import { h, s } from "./dom.js";
import { becauseWords, span } from "./lateness.js";
import { flattened, numbered } from "./steps.js";
import { count, moment, partName, shape, word } from "./words.js";

/**
 * The row of a run (`/v1/runs/{id}`) in a plan (`/v1/plans`); `title(id)` names steps, `name(id)` runs, `toggled` hears of
 * open and closed.
 */
export function planRow(run, plan, { isLatest, title, name, isOpen, toggled }) {
  const planned = new Map(plan.steps.filter((step) => step.run_id === run.id).map((step) => [step.id, { ...step, from: time(step, "start"), to: time(step, "finish") }]));
  const { scheduled_end: said, due_at: due } = run.schedule;
  // What is left to do is compared: a plan leaves what has started where it is.
  const left = run.steps.filter((step) => planned.has(step.id) && step.completed_at === null && step.state !== "canceled");
  const [from, to] = ends(left.map((step) => planned.get(step.id).from), left.map((step) => planned.get(step.id).to));
  const [wasFrom, wasTo] = ends(left.map((step) => step.effective_start), left.map((step) => step.effective_end));
  const moved = left.filter((step) => moves(step, planned.get(step.id))).length;
  const isLate = due !== null && to !== null && Date.parse(to) > Date.parse(due);

  function time(step, name) {
    return isLatest ? step[`latest_${name}`] : step[name];
  }

  const opener = h("button", { type: "button", class: "chart-open", "aria-expanded": String(isOpen), onclick: toggle },
    h("span", { class: "title" }, h("span", { class: "number" }, `${run.number} `), run.title),
    h("span", { class: "fine" }, `${partName(run.part)} · ${count(moved, "step moves", "steps move")}`),
    h("span", { class: "fine" }, "its steps end ", moment(to), wasTo && moved > 0 && [", not ", moment(wasTo)]),
    // What was said of the run itself wins over its steps (H1).
    said && h("span", { class: "fine" }, "its own end stays as it was set, ", moment(said)));
  const reason = h("p", { class: isLate ? "chart-reason is-late" : "chart-reason" }, isLate
    ? [shape("late"), h("span", {}, `Would end ${span(Date.parse(to) - Date.parse(due))} after it is due, `, moment(due))]
    : due && [shape("complete"), h("span", {}, "Keeps its due date, ", moment(due))]);
  const after = bar("chart-plan");
  after.show(run.status, 0, `${word(run.status)} · ${run.steps_completed} of ${run.steps_total}`);
  const before = h("span", { class: "chart-before" });
  const past = h("span", { class: "chart-past" });
  const mark = h("span", { class: "chart-due" }, s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: "M12 1 23 12 12 23 1 12z" })));
  const track = h("div", { class: "chart-track", "aria-hidden": "true", onclick: toggle }, before, after.element, past, mark);
  const element = h("li", { class: isLate ? "chart-row is-late" : "chart-row" },
    h("div", { class: "chart-line" }, h("div", { class: "chart-name" }, h("div", { class: "chart-what" }, opener, reason)), track));
  let steps = [];
  let inside = null;

  function toggle() {
    if (inside === null) unfold();
    else {
      inside.remove();
      inside = null;
      steps = [];
    }
    opener.setAttribute("aria-expanded", String(inside !== null));
    toggled(run.id, inside !== null);
  }

  function unfold() {
    steps = flattened(numbered(run.steps)).filter(({ step }) => planned.has(step.id)).map(({ step, number }) => stepRow(step, number, planned.get(step.id), { title, name }));
    inside = h("div", { class: "chart-inside" }, h("ol", { class: "chart-steps" }, steps.map((row) => row.element)));
    element.append(inside);
  }

  if (isOpen) unfold();
  return {
    element,
    moments: () => [from, to, wasFrom, wasTo, due].filter(Boolean).map((each) => Date.parse(each)),
    place(shown, now, width) {
      const at = (moment_) => shareOf(shown, Date.parse(moment_));
      after.element.hidden = from === null;
      if (from) after.place(at(from), at(to), width);
      before.hidden = wasFrom === null && wasTo === null;
      if (!before.hidden) stretch(before, at(wasFrom ?? wasTo), at(wasTo ?? wasFrom));
      mark.hidden = due === null;
      if (due) mark.style.left = `${100 * at(due)}%`;
      past.hidden = !isLate;
      if (isLate) stretch(past, at(due), at(to));
      for (const row of steps) row.place(shown, width);
    },
  };
}

function stepRow(step, number, plan, { title, name }) {
  const isDone = step.completed_at !== null || step.state === "canceled";
  const why = isDone ? "It stays as it is." : becauseWords(plan, title, name);
  const after = bar("chart-plan");
  after.show(step.state, 0, null);
  const before = h("span", { class: "chart-before" });
  const element = h("li", { class: plan.critical ? "chart-line chart-step is-critical" : "chart-line chart-step", "data-depth": step.depth },
    h("div", { class: "chart-name" }, h("div", { class: "chart-what" },
      h("span", { class: "title" }, h("span", { class: "number" }, `${number} `), step.title),
      h("span", { class: "fine" }, shape(step.state), ` ${word(step.state)}`, plan.critical && " · critical", !isDone && ` · ${planText(plan.from, plan.to)}`, slack(plan)),
      h("span", { class: "fine chart-why" }, why))),
    h("div", { class: "chart-track" }, before, after.element));
  return {
    element,
    place(shown, width) {
      const at = (moment_) => shareOf(shown, Date.parse(moment_));
      after.place(at(plan.from), at(plan.to), width);
      before.hidden = !step.effective_start && !step.effective_end;
      if (!before.hidden) stretch(before, at(step.effective_start ?? step.effective_end), at(step.effective_end ?? step.effective_start));
    },
  };
}

function slack({ slack_seconds }) {
  if (slack_seconds === null || slack_seconds === 0) return null;
  return slack_seconds > 0 ? ` · ${span(slack_seconds * 1000)} to spare` : ` · ${span(-slack_seconds * 1000)} too late`;
}

/** The first of some starts and the last of some ends; null for one where there are none. */
function ends(starts, finishes) {
  const sorted = (times) => times.filter(Boolean).sort((one, other) => Date.parse(one) - Date.parse(other));
  return [sorted(starts)[0] ?? null, sorted(finishes).at(-1) ?? null];
}

/** Whether a step that nobody has started is planned elsewhere than it is scheduled, by a minute or more: now moves on. */
function moves(step, plan) {
  const isElsewhere = (one, other) => one === null || Math.abs(Date.parse(one) - Date.parse(other)) >= 60_000;
  return step.started_at === null && (isElsewhere(step.effective_start, plan.from) || isElsewhere(step.effective_end, plan.to));
}
