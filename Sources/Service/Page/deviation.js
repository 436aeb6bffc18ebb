// A value out of range, and whether someone has accepted it as it is (D5).

import { askReason } from "./dialog.js";
import { announce, h } from "./dom.js";
import { isMe, lacks } from "./me.js";
import { person } from "./people.js";
import { signed } from "./sign.js";
import { moment, shape } from "./words.js";

/** What there is to say of a field's value that is out of range: nothing, its deviation, or the way to accept one. */
export function deviationPart(field, step, changed) {
  if (!field.out_of_range) return null;
  const live = step.deviations.find((each) =>
    each.run_step_field_id === field.id && each.voided_at === null && JSON.stringify(each.value) === JSON.stringify(field.value));
  if (live) {
    return h("p", { class: "deviation" }, shape("completed"), " Deviation accepted by ", person(live.accepted_by), ", ", moment(live.accepted_at), ": ",
      h("b", {}, live.rationale));
  }
  const reason = lacks("deviation.accept")
    ?? (["in_progress", "completed"].includes(step.state) ? null : "It is accepted while the step is in progress, or completed.");
  return h("div", { class: "act-box" },
    h("button", {
      type: "button", "aria-disabled": reason && "true", "data-deviation": field.id,
      onclick: async () => {
        if (reason) return announce(reason);
        if (await accept(field)) await changed();
      },
    }, "Accept the deviation"),
    (reason || isMe(field.entered_by)) && h("p", { class: "why" }, reason ?? "You entered this value yourself: your org may ask for someone else."));
}

async function accept(field) {
  const done = await askReason({
    act: "deviation", policy: "required", title: `Accept the deviation: ${field.name}`, confirm: "Accept",
    note: "It covers the value as it is now, and no other.",
    perform: async ({ reason }) => signed("POST", `fields/${encodeURIComponent(field.id)}/deviations`, { body: { rationale: reason } }),
  });
  return done !== null && done.answer !== null;
}
