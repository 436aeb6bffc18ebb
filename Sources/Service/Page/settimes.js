// The dialog that says when a run or a step is planned, and when a run is due (H1).

import { write } from "./api.js";
import { ask } from "./dialog.js";
import { announce, h } from "./dom.js";
import { moment } from "./words.js";

/** A moment as a field for the reader's date and time has it. */
export function localText(time) {
  if (!time) return "";
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such a field says, as the API takes it; null where it is empty. */
export function utcText(text) {
  return text === "" ? null : new Date(text).toISOString();
}

/** Asks for the times of a run or a step and sets them; answers null when the person went back. */
export async function setTimes(kind, of) {
  const said = kind === "run" ? of.schedule : of;
  const names = [["scheduled_start", "Start"], ["scheduled_end", "End"], ...(kind === "run" ? [["due_at", "Due"]] : [])];
  const follows = { scheduled_start: said.effective_start, scheduled_end: said.effective_end };
  const inputs = new Map(names.map(([name]) => [name, h("input", { type: "datetime-local", id: `times-${name}`, value: localText(said[name]), max: "9999-12-31T23:59" })]));
  const fault = h("p", { class: "fault", role: "alert" });

  function read() {
    const broken = [...inputs.values()].find((input) => input.validity.badInput);
    const [start, end] = ["scheduled_start", "scheduled_end"].map((name) => utcText(inputs.get(name).value));
    if (broken || (start !== null && end !== null && start > end)) {
      fault.textContent = broken ? "Give both a day and an hour, or leave it empty." : "It ends before it starts.";
      (broken ?? inputs.get("scheduled_end")).focus();
      return undefined;
    }
    // What was not touched stays, to the microsecond.
    const changed = names.filter(([name]) => inputs.get(name).value !== localText(said[name]));
    return Object.fromEntries(changed.map(([name]) => [name, utcText(inputs.get(name).value)]));
  }

  const done = await ask({
    title: kind === "run" ? `Times of run ${of.number}` : `Times of “${of.title}”`,
    confirm: "Set", read,
    content: [
      h("p", { class: "fine" }, "What is left empty follows from the steps inside. By the clock of this device."),
      names.map(([name, label]) => h("p", { class: "field" }, h("label", { for: `times-${name}` }, label), inputs.get(name),
        said[name] === null && follows[name] && h("span", { class: "fine" }, "follows: ", moment(follows[name])))),
      fault,
    ],
    perform: async (times) => (Object.keys(times).length === 0 ? null : write("PUT", "schedule", { body: { [`${kind}s`]: [{ id: of.id, ...times }] } })),
  });
  if (done !== null) announce("Set");
  return done;
}
