// The approvals that a step asks for (P5), what was decided, and the way to decide.

import { askReason } from "./dialog.js";
import { announce, h, replace } from "./dom.js";
import { me } from "./me.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { signed } from "./sign.js";
import { badge, moment } from "./words.js";

/** The children of the section; `changed` is called after a decision. */
export function approvalsPart(step, changed) {
  const fault = h("div", { class: "outcome" });

  async function decide(path, body) {
    replace(fault);
    try {
      if (await signed("POST", `steps/${encodeURIComponent(step.id)}/${path}`, { body, version: step.version }) === null) return;
      announce("Decided");
      await changed();
    } catch (error) {
      await changed().catch(() => {});
      replace(fault, problemBox(error));
    }
  }

  const refuse = async (role) => {
    const done = await askReason({
      act: "refuse_approval", policy: "required", title: `Refuse approval as ${role}`, confirm: "Refuse", danger: true,
      note: "The step can't be signed off until it is decided anew.",
      perform: ({ reason }) => signed("POST", `steps/${encodeURIComponent(step.id)}/refuse-approval`, { body: { reason, role }, version: step.version }),
    });
    if (done !== null) await changed();
  };

  return [h("h2", {}, "Approvals"), fault, step.approvals.map((each) => {
    // A delegate decides without holding the role: whether that is so the service knows.
    const hint = me().roles.includes(each.role) ? null : `This is decided by a holder of the role ${each.role}, or their delegate.`;
    return h("div", { class: "approval" },
      h("p", { class: "title" }, `${each.given} of ${each.approvers} as ${each.role} `,
        badge(each.refused ? "failed" : each.given >= each.approvers ? "met" : "missing", each.refused ? "Refused" : each.given >= each.approvers ? "Given" : "Missing")),
      h("ul", {}, each.decisions.filter((decision) => decision.voided_at === null).map((decision) => h("li", {},
        decision.decision === "approved" ? "Approved by " : "Refused by ", person(`user:${decision.user_id}`), ", ", moment(decision.decided_at),
        decision.reason && [": ", h("b", {}, decision.reason)]))),
      step.state === "in_progress" && h("div", { class: "buttons" },
        h("button", { type: "button", class: hint ? null : "primary", onclick: () => decide("approve", { role: each.role }) }, "Approve"),
        h("button", { type: "button", onclick: () => refuse(each.role) }, "Refuse")),
      step.state === "in_progress" && hint && h("p", { class: "why" }, hint));
  })];
}
