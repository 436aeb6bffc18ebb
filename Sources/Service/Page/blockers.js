// What keeps a run from completing: each gate with what would clear it.

import { h, replace } from "./dom.js";
import { person } from "./people.js";
import { moment, shape } from "./words.js";

/** How many are shown at once: a run that has just begun is blocked by each of its steps. */
const shownAtOnce = 12;

/** What needs a decision or a part comes before what the ordinary work will clear. */
const order = [
  "attribute_missing", "field_out_of_range", "signature_stale", "requirement_unmet", "installation_names_no_unit", "unit_unidentified", "step_open",
  "required_step_open", "no_step_completed", "field_missing",
];

/** The children of the section, from the run. */
export function blockersPart(run) {
  return [gates(run), run.completion_warnings.length > 0 && remarks(run)];
}

/** What is no gate and is looked at all the same (C2). */
function remarks(run) {
  return [h("h3", {}, "Remarked"), h("ul", { class: "blockers remarks" }, run.completion_warnings.map((remark) => h("li", {},
    shape(remark.waits ? "hold" : "todo"),
    h("div", {},
      h("p", { class: "title" }, remark.run_step_id ? h("a", { href: `#/steps/${remark.run_step_id}` }, remark.what) : remark.what),
      h("p", {}, remark.acknowledged_by ? ["Acknowledged by ", person(remark.acknowledged_by), ", ", moment(remark.acknowledged_at), "."]
        : remark.waits ? "Waits to be acknowledged: completing the run asks for it." : "Noted in the record.", " ",
      h("span", { class: "fine" }, "Since ", moment(remark.since), `, rule ${remark.rule}`))))))];
}

function gates(run) {
  if (run.completed_at) {
    return h("p", { class: "fine-state is-complete" }, shape("complete"), h("span", {}, "Completion was recorded ", moment(run.completed_at), "."));
  }
  if (run.completion_blockers.length === 0) {
    const waiting = run.completion_warnings.some((warning) => warning.waits);
    return h("p", { class: "fine-state is-complete" }, shape("complete"),
      waiting ? "No gate blocks it: it is complete once the warnings are acknowledged." : "Nothing blocks it: this run is ready to complete.");
  }
  const place = ({ kind }) => (order.includes(kind) ? order.indexOf(kind) : -1);
  const blockers = [...run.completion_blockers].sort((one, other) => place(one) - place(other));
  const list = h("ul", { class: "blockers" });
  const rest = h("p", { class: "more" });
  const show = (number) => {
    replace(list, blockers.slice(0, number).map((blocker) => item(run, blocker)));
    replace(rest, number < blockers.length && h("button", { type: "button", onclick: showAll }, `Show all ${blockers.length}`));
  };
  const showAll = () => {
    show(blockers.length);
    list.children[shownAtOnce].focus();
  };
  show(shownAtOnce);
  return [list, rest];
}

/** Where a blocker is cleared; null where the page has no such place. */
function placeOf(run, blocker) {
  if (blocker.run_step_id) return `#/steps/${blocker.run_step_id}`;
  if (blocker.kind === "attribute_missing") return `#/runs/${run.id}/attribute-${blocker.subject_id}`;
  return blocker.kind === "unit_attribute_missing" ? `#/units/${blocker.subject_id}` : null;
}

function item(run, blocker) {
  const href = placeOf(run, blocker);
  return h("li", { tabindex: "-1" },
    shape("hold"),
    h("div", {},
      h("p", { class: "title" }, href === null ? blocker.what : h("a", { href }, blocker.what)),
      h("p", {}, blocker.clear, " ", h("span", { class: "fine" }, "Since ", moment(blocker.since), `, rule ${blocker.rule}`))));
}
