// What keeps a run from completing: each gate with what would clear it.

import { h } from "./dom.js";
import { moment, shape } from "./words.js";

/** The children of the section, from the run. */
export function blockersPart(run) {
  if (run.completed_at) {
    return h("p", { class: "fine-state is-complete" }, shape("complete"), h("span", {}, "Completion was recorded ", moment(run.completed_at), "."));
  }
  if (run.completion_blockers.length === 0) {
    return h("p", { class: "fine-state is-complete" }, shape("complete"), "Nothing blocks it: this run is ready to complete.");
  }
  return h("ul", { class: "blockers" }, run.completion_blockers.map((blocker) => h("li", {},
    shape("hold"),
    h("div", {},
      h("p", { class: "title" }, blocker.run_step_id
        ? h("a", { href: `#/runs/${run.id}/step-${blocker.run_step_id}` }, blocker.what) : blocker.what),
      h("p", {}, blocker.clear, " ", h("span", { class: "fine" }, "Since ", moment(blocker.since), `, rule ${blocker.rule}`))))));
}
