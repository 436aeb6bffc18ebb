// In a batch a step is worked with its siblings (K3): whom an act concerns, and who can't follow it, is said before it is
// done.

import { get } from "./api.js";
import { h } from "./dom.js";
import { count, shape } from "./words.js";

/** The acts of a step that its siblings follow. */
const followed = ["start", "complete", "hold", "release", "fail", "cancel", "reset", "retry", "restore", "reopen", "redline"];
const misfitsAtMost = 8;

/**
 * What to say and to ask of a step's siblings before an act: an extra of `perform`, which must be asked where some of them
 * can't follow; null where the step goes alone.
 */
export async function siblingsBefore(id, act) {
  if (!followed.includes(act)) return null;
  const report = await get(`steps/${encodeURIComponent(id)}/siblings`, { act });
  if (report.count === 0) return null;
  const misfits = report.misfits.length;
  const fits = report.count - misfits;
  const choice = (value, text, checked) => {
    const input = h("input", { type: "radio", name: "siblings", value, checked });
    return [input, h("label", { class: "choice" }, input, h("span", {}, text))];
  };
  const choices = misfits === 0
    ? [choice("all", `All ${count(report.count + 1, "run")} of the batch`, true), choice("none", "This run alone, which leaves the batch", false)]
    : [choice("able", fits === 0 ? "This run, and the others leave the batch" : `This and ${count(fits, "other run")}; ${count(misfits, "run leaves", "runs leave")} the batch`, false),
      choice("none", "This run alone, which leaves the batch", false)];
  const fault = h("p", { class: "fault", role: "alert" });
  return {
    mustAsk: misfits > 0,
    element: h("div", { class: "siblings" },
      misfits > 0 && misfitList(report.misfits, report.count),
      h("fieldset", { class: "choices tall" }, h("legend", {}, "For whom?"), choices.map(([, label]) => label)), fault),
    read() {
      const picked = choices.map(([input]) => input).find((input) => input.checked);
      if (picked) return { siblings: picked.value };
      fault.textContent = "Say for whom it is done.";
      choices[0][0].focus();
      return undefined;
    },
  };
}

/** Those of a step's siblings that can't follow an act, and why. */
export function misfitList(misfits, all) {
  return h("section", {}, h("h3", {}, `${misfits.length} of ${all} siblings can't follow`),
    h("ul", { class: "blockers" }, misfits.slice(0, misfitsAtMost).map((each) => h("li", {}, shape("waiting"),
      h("p", {}, h("b", {}, `Run ${each.run_number}: `), [each.message, each.clear].filter(Boolean).join(" "))))),
    misfits.length > misfitsAtMost && h("p", { class: "fine" }, `and ${misfits.length - misfitsAtMost} more`));
}

/** Two extras of an act asked as one; each may be null. */
export function together(one, other) {
  if (one === null || other === null) return one ?? other;
  return {
    mustAsk: Boolean(one.mustAsk || other.mustAsk),
    element: h("div", {}, one.element, other.element),
    read() {
      const [first, second] = [one.read(), other.read()];
      return first === undefined || second === undefined ? undefined : { ...first, ...second };
    },
  };
}
