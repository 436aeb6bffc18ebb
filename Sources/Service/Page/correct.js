// Correcting a value of a completed step (S13): with a reason; what was signed is signed again.

import { write } from "./api.js";
import { range } from "./decimal.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { Fault } from "./fault.js";
import { inputFor } from "./inputs.js";

/** Asks for the right value of a field and why, and corrects it; answers whether it was done. */
export async function correct(step, field) {
  const fault = h("p", { class: "fault", role: "alert" });
  const name = h("p", { id: "correct-name", class: "title" }, field.name, field.type === "number" && range(field) && ` (${range(field)})`);
  const input = inputFor(field, { id: "correct-value", name: name.id, typed() {}, commit() {} });
  const reason = h("textarea", { id: "correct-reason", rows: 2, maxlength: 1000 });
  input.set(field.value ?? null);
  const done = await ask({
    title: `Correct: ${field.name}`, confirm: "Correct",
    content: [
      h("p", {}, "The step stays completed, the old value stays in the record, and signatures are given again."),
      name, input.element,
      h("p", { class: "field" }, h("label", { for: "correct-reason" }, "Why?"), reason), fault,
    ],
    read() {
      try {
        const value = input.get();
        if (value === null) throw new Fault("A correction gives another value.");
        if (reason.value.trim() === "") throw new Fault("Say why in a few words.");
        return { reason: reason.value.trim(), values: [{ field_id: field.id, value }] };
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        fault.textContent = error.message;
        return undefined;
      }
    },
    perform: (body) => write("POST", `steps/${encodeURIComponent(step.id)}/correct`, { body, version: step.version }),
  });
  return done !== null;
}
