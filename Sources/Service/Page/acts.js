// The acts that a record offers (S16): what can be done now, and why not what can't.

import { askReason } from "./dialog.js";
import { announce, h } from "./dom.js";
import { signed } from "./sign.js";
import { readable } from "./words.js";

/** How each act is called, what its dialog says, and whether it always asks first. */
const steps = {
  start: { label: "Start" },
  complete: { label: "Sign off" },
  release: { label: "Release from hold" },
  retry: { label: "Try again", asks: "A new attempt begins: values stay, signatures are given again." },
  restore: { label: "Bring back", asks: "The step can be worked on again." },
  hold: { label: "Hold", asks: "Nobody can work on it until it is released." },
  fail: { label: "Fail", asks: "The work did not succeed.", danger: true },
  reset: { label: "Take the start back", asks: "For a wrong start: the step is to do again." },
  cancel: { label: "Cancel step", asks: "It is left out, with what is nested in it. What waits for it waits no more.", danger: true },
  reopen: { label: "Reopen", asks: "A new attempt begins: values stay, signatures are given again.", danger: true },
  redline: { label: "Redline", asks: "The step can be changed, and not worked on, until the redline is released or canceled." },
  release_redline: { label: "Release redline", asks: "The changed step can be worked on." },
  cancel_redline: { label: "Cancel redline", asks: "The step is as it was before the redline.", danger: true },
};
const runs = {
  complete: { label: "Complete the run", asks: "Its records are locked, and its as-built record is fixed." },
  hold: { label: "Hold the run", asks: "All its open steps go on hold." },
  release: { label: "Release the run", asks: "What was held with the run goes on as before." },
  cancel: { label: "Cancel the run", asks: "All its open steps are canceled.", danger: true },
  reopen: { label: "Reopen the run", asks: "Its records are unlocked. Steps stay completed until one is reopened by name.", danger: true },
};
const order = Object.keys(steps);

/** What brings a step forward: offered first, and large. */
export const forward = ["start", "complete", "release", "retry", "restore", "release_redline"];

export function labelOf(act, kind = "step") {
  return (kind === "run" ? runs : steps)[act]?.label ?? readable(act);
}

/** The acts of a record in the order in which the page offers them. */
export function sorted(acts) {
  const place = ({ act }) => (order.includes(act) ? order.indexOf(act) : order.length);
  return [...acts].sort((one, other) => place(one) - place(other));
}

/** Why an act can't be done, in the service's own words. */
export function whyNot(act) {
  return act.refusals.map((each) => [each.message, each.clear].filter(Boolean).join(" "));
}

/**
 * A button for an act. One that can't be done now stays in reach and says why: its reasons stand beneath it, and a tap
 * on it speaks them.
 */
export function actButton(act, { kind = "step", primary = false, onclick }) {
  const reasons = act.allowed ? [] : whyNot(act);
  const id = `why-${kind}-${act.act}`;
  const button = h("button", {
    type: "button", class: [primary && "primary", "act", `act-${act.act}`].filter(Boolean).join(" "), "data-act": act.act,
    "aria-disabled": act.allowed ? null : "true", "aria-describedby": act.allowed ? null : id,
    async onclick() {
      if (!act.allowed) return announce(reasons.join(" "));
      if (button.getAttribute("aria-busy") === "true") return;
      button.setAttribute("aria-busy", "true");
      try {
        await onclick(act);
      } finally {
        button.removeAttribute("aria-busy");
      }
    },
  }, labelOf(act.act, kind));
  return h("div", { class: "act-box" }, button,
    reasons.length > 0 && h("ul", { class: "why", id }, reasons.slice(0, 3).map((text) => h("li", {}, text)),
      reasons.length > 3 && h("li", {}, `and ${reasons.length - 3} more`)));
}

/**
 * Does an act, having asked what it asks; answers the service's answer, or null when the person went back. Refusals are
 * told in the dialog where there is one, else thrown. `extra` is content of the dialog with `read`; with `mustAsk` there is one.
 */
export async function perform(act, { kind = "step", path, version, name, waiting, extra = null }) {
  const { asks, danger } = (kind === "run" ? runs : steps)[act.act] ?? { asks: `${readable(act.act)}?` };
  const send = (body) => signed("POST", `${path}/${act.act.replaceAll("_", "-")}`, { body, version, waiting });
  if (act.reason === "off" && asks === undefined && !extra?.mustAsk) return send(undefined);
  const done = await askReason({
    act: act.act, policy: act.reason, title: `${labelOf(act.act, kind)}: ${name}`, confirm: labelOf(act.act, kind), note: asks, danger, extra,
    perform: (body) => send(Object.keys(body).some((key) => body[key] !== undefined) ? body : undefined),
  });
  return done === null ? null : done.answer;
}
