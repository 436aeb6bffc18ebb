// What of a run moves when it is planned again (H3): each step from when to when, and why it goes no earlier.

import { planText } from "./bar.js";
import { h, replace } from "./dom.js";
import { becauseWords, span } from "./lateness.js";
import { count, moment, shape } from "./words.js";

/** How many moves of a run are shown before the others are asked for. */
const movesAtOnce = 12;

/** How much after its due date a run (of `/v1/plans/replan`) would end, in milliseconds; null where it keeps it or has none. */
export function lateBy(run) {
  const by = run.due_at === null ? 0 : Date.parse(run.end) - Date.parse(run.due_at);
  return by > 0 ? by : null;
}

/** A run of which something moves, with its moves; `name(id)` names runs. */
export function movesPart(run, moves, name) {
  const late = lateBy(run);
  const list = h("ol", { class: "moves" });
  const more = h("div", { class: "more" });
  const shown = (from, to) => list.append(...moves.slice(from, to).map((move) => moveRow(move, name)));
  shown(0, movesAtOnce);
  if (moves.length > movesAtOnce) {
    replace(more, h("button", { type: "button", onclick: () => {
      shown(movesAtOnce, moves.length);
      list.children[movesAtOnce].querySelector("a").focus();
      replace(more);
    } }, `Show ${count(moves.length - movesAtOnce, "more step")}`));
  }
  return h("section", { class: late ? "sheet replan-run is-late" : "sheet replan-run" },
    h("h2", {}, h("a", { href: `#/runs/${run.id}` }, h("span", { class: "number" }, `${run.number} `), run.title)),
    h("p", {}, `${count(moves.length, "step moves", "steps move")}. Its steps end `, moment(run.end), ends(run)),
    late ? h("p", { class: "chart-reason" }, shape("late"), h("span", {}, `Would end ${span(late)} after it is due, `, moment(run.due_at)))
      : run.due_at && h("p", { class: "chart-reason is-kept" }, shape("complete"), h("span", {}, "Keeps its due date, ", moment(run.due_at))),
    run.scheduled_end && h("p", { class: "fine" }, "Its own end stays as it was set, ", moment(run.scheduled_end), "."),
    list, more);
}

function moveRow(move, name) {
  const because = (id) => (move.because_title !== null && id === move.because_step_id ? `${move.because_title}${move.because_run_id !== move.run_id ? `, ${name(move.because_run_id)}` : ""}` : "a step");
  const to = move.start === null ? ["ends ", moment(move.end), h("span", { class: "fine" }, " It has started, and that stays.")] : planText(move.start, move.end);
  return h("li", {},
    h("a", { class: "title", href: `#/steps/${move.id}` }, move.title),
    h("p", { class: "from" }, h("span", { class: "unseen" }, "from "), move.start_before || move.end_before ? planText(move.start_before, move.end_before) : "Not planned"),
    h("p", { class: "to" }, h("span", { class: "unseen" }, "to "), to, shift(move)),
    h("p", { class: "fine" }, becauseWords(move, because, name)));
}

/** How much later or earlier a step ends. */
function shift(move) {
  if (move.end_before === null) return null;
  const by = Date.parse(move.end) - Date.parse(move.end_before);
  return by !== 0 && h("span", { class: "fine" }, ` ${span(Math.abs(by))} ${by > 0 ? "later" : "earlier"}`);
}

function ends(run) {
  return run.end_before === null ? "." : Math.abs(Date.parse(run.end) - Date.parse(run.end_before)) < 60_000 ? ", as before." : [", not ", moment(run.end_before), "."];
}
