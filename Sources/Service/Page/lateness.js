// What is wrong with a schedule, in words (H4).

import { duration, moment } from "./words.js";

/** A span of time in milliseconds as people say it: days from two on, else hours and minutes. */
export function span(milliseconds) {
  const days = milliseconds / 86_400_000;
  if (days < 2) return duration(milliseconds / 1000).replace(" 00 min", "");
  return `${days < 10 ? Math.round(days * 10) / 10 : Math.round(days)} days`;
}

/** Why a run of the timeline is late or behind: `{ kind, words }`; null where it is neither. */
export function lateness(run, now) {
  const [due, end] = [run.due_at, run.effective_end].map((time) => (time ? Date.parse(time) : null));
  if (run.late && end > due) return { kind: "late", words: [`Ends ${span(end - due)} after it is due, `, moment(run.due_at)] };
  // What was said of the run ends in time; what is in it does not.
  if (run.late && due > now) return { kind: "late", words: ["What is in it is planned to after it is due, ", moment(run.due_at)] };
  if (run.late) return { kind: "late", words: [`${span(now - due)} overdue, since `, moment(run.due_at)] };
  const isOpen = run.completed_at === null && run.status !== "canceled";
  if (isOpen && end !== null && end < now) return { kind: "behind", words: [`${span(now - end)} past its planned end`] };
  return null;
}

/**
 * A conflict of a plan's answer in words; `title(id)`, `place(id)` and `run(id)` name steps, work centers and runs. What is
 * a run's own and no step's names none.
 */
function conflictWords(conflict, title, place, run = () => "another run") {
  const step = conflict.step_id ? `“${title(conflict.step_id)}”` : "The run";
  const outer = conflict.outer_id ? `“${title(conflict.outer_id)}”, which it is in,` : "its run";
  const gap = span(Math.abs(Date.parse(conflict.at) - Date.parse(conflict.limit)));
  switch (conflict.kind) {
    case "end_before_start": return [`${step} is planned to end ${gap} before it starts.`];
    case "before_upstream_ends":
      return [`${step} is planned to start ${gap} before ${conflict.upstream_id ? `“${title(conflict.upstream_id)}”` : run(conflict.upstream_run_id)} ends, which it waits for.`];
    case "past_due": return [`${step} is planned to end ${gap} after ${conflict.step_id ? "its run" : "it"} is due.`];
    case "starts_outside": return [`${step} is planned to start ${gap} before ${outer} does.`];
    case "ends_outside": return [`${step} is planned to end ${gap} after ${outer} does.`];
    default:
      return [`${place(conflict.location_id)} has ${conflict.most} steps at once, more than it can take, from `, moment(conflict.at), " to ", moment(conflict.limit), `; ${step} is one of them.`];
  }
}

/** Conflicts in words, one a line. Steps that end too late for the due date are many where one is: they are told as one. */
export function conflictLines(conflicts, ...names) {
  const isLateStep = (each) => each.kind === "past_due" && each.step_id !== null;
  const late = conflicts.filter(isLateStep);
  if (late.length < 3) return conflicts.map((each) => conflictWords(each, ...names));
  const most = Math.max(...late.map((each) => Date.parse(each.at) - Date.parse(each.limit)));
  return [...conflicts.filter((each) => !isLateStep(each)).map((each) => conflictWords(each, ...names)),
    [`${late.length} steps are planned to end after their run is due, by up to ${span(most)}.`]];
}

/** Why a step of a plan starts no earlier; `title(id)` names steps, `run(id)` runs. */
export function becauseWords(step, title, run) {
  const isOwn = step.because_step_id === step.id;
  const other = step.because_step_id && `“${title(step.because_step_id)}”`;
  const reason = {
    plan_start: "As early as the plan allows",
    actual: "It has started",
    upstream: `It waits for ${other ?? run(step.because_run_id)}`,
    supply: `It waits for what ${run(step.because_run_id)} builds`,
    not_before: `${isOwn ? "It" : other} is not to start earlier`,
    hold: `${isOwn ? "It" : other} is on hold`,
    capacity: `Its work center is taken by ${other}`,
    occupied: `Its work center is taken by ${run(step.because_run_id)}`,
    sibling: `Its siblings are planned for the same time, and ${other} can't be earlier`,
    nested: `As ${other}, which is inside it`,
  }[step.because] ?? step.because;
  return `${reason}${step.because_closed ? ", and its work center is closed just then" : ""}.`;
}
