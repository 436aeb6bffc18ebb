// What is added up above a run (H2): when it is planned, when it was really worked, how far it is, and when it would end if
// what is left were planned again now.

import { get } from "./api.js";
import { h, replace } from "./dom.js";
import { problemBox } from "./problem.js";
import { progress } from "./steps.js";
import { count, moment, shape } from "./words.js";

/** How many runs fit into the address of a plan. */
const plannedAtMost = 1000;

/** The facts of a rollup (of `/v1/rollups`) as a list: of which `level`, and of which `id` there. */
export function rollupFacts(level, id, rollup, stopped) {
  const fact = (name, ...content) => h("div", {}, h("dt", {}, name), h("dd", {}, content));
  const { members, completed, canceled, begun, late, unscheduled } = rollup;
  const isCenter = level === "work_center";
  const live = members - completed - canceled;
  return h("dl", { class: "rollup" },
    fact("Planned from", time(rollup, "start", isCenter)),
    fact("Planned to", time(rollup, "end", isCenter)),
    fact("Really", rollup.started_at ? ["since ", moment(rollup.started_at)] : "not begun", rollup.completed_at && h("span", { class: "fine" }, "all done ", moment(rollup.completed_at))),
    fact("If re-planned now", live > 0 ? projection(level, id, stopped) : "Nothing is left to do"),
    rollup.due_at && fact("First due", moment(rollup.due_at), rollup.due_id && member(rollup.due_id, isCenter, "of ")),
    fact(isCenter ? "Open steps" : "Progress",
      isCenter ? [members, h("span", { class: "fine" }, `${begun} in work`)]
        : [progress({ steps_total: members, steps_completed: completed, steps_canceled: canceled }, "run"), begun > 0 && h("span", { class: "fine" }, `${begun} in work`)],
      late > 0 && h("span", { class: "rollup-late" }, shape("late"), ` ${late} late`),
      unscheduled > 0 && h("span", { class: "fine" }, `${unscheduled} not planned`)));
}

/** A planned time, whether somebody said it or it follows, and of what. */
function time(rollup, name, isCenter) {
  const at = rollup[`effective_${name}`];
  if (at === null) return "Not planned";
  const isSaid = rollup[`effective_${name}_from`] === "explicit";
  return [moment(at), h("span", { class: "origin" }, h("span", { class: isSaid ? "source is-said" : "source" }, isSaid ? "set" : "derived"), " ",
    member(rollup[`effective_${name}_id`], isCenter, isSaid ? "on " : "from the steps of "))];
}

function member(id, isCenter, words) {
  return h("a", { class: "fine", href: isCenter ? `#/steps/${id}` : `#/runs/${id}` }, `${words}${isCenter ? "this step" : "this run"}`);
}

/** What would be: planning it takes a moment, so it is asked for when somebody wants it. */
function projection(level, id, stopped) {
  const told = h("span", { class: "projection" });
  const ask = h("button", { type: "button", onclick: async () => {
    ask.disabled = true;
    try {
      show(await get("rollups/projection", { level, id }, stopped));
    } catch (error) {
      if (error.name !== "AbortError") replace(told, problemBox(error));
    } finally {
      ask.disabled = false;
    }
  } }, "Work it out");

  function show({ runs, run_ids, projected_end, late }) {
    replace(told,
      projected_end === null ? "Nothing is left to plan" : ["to ", moment(projected_end)],
      h("span", { class: "fine" }, `${count(runs, "run")} planned again`, late > 0 && `, ${late} would be late`),
      runs > 0 && runs <= plannedAtMost && h("a", { class: "button", href: `#/replan?${new URLSearchParams(run_ids.map((run) => ["run", run]))}` }, "Re-plan"));
    told.querySelector("a")?.focus();
  }

  replace(told, ask);
  return told;
}
