// The values of a step: one control a field, each saved by itself as soon as it is given, one after the other.

import { announce, h, replace } from "./dom.js";
import { fieldControl } from "./field.js";
import { may } from "./me.js";
import { sentence } from "./problem.js";
import { signed } from "./sign.js";

/**
 * The entry form of a step. `changed()` is called when something was saved, `stale()` when the step was changed by
 * someone else meanwhile. `settled()` waits until nothing is on its way and answers whether all of it is saved.
 */
export function valuesForm(stepId, { changed, stale }) {
  const element = h("div", { class: "values" });
  let controls = new Map();
  let shape = null;
  let version;
  let tail = Promise.resolve();

  function save(control, entry) {
    control.saving(entry, false);
    tail = tail.then(async () => {
      try {
        const answer = await signed("PUT", `steps/${encodeURIComponent(stepId)}/values`, {
          body: { values: [{ field_id: control.field.id, ...entry }] }, version, waiting: () => control.saving(entry, true),
        });
        if (answer === null) control.dropped();
        else {
          control.saved(entry);
          announce(`${control.field.name}: saved`);
        }
        await changed();
      } catch (error) {
        control.failed(error);
        announce(`${control.field.name}: not saved. ${sentence(error)}`);
        if (error.status === 412 || error.status === 409) await stale();
      }
    });
  }

  return {
    element,
    show(step) {
      version = step.version;
      // Only another set of fields makes other controls: what was typed, and where the focus is, stays.
      const now = JSON.stringify(step.fields.map(({ id, name, type, options, unit, required, allow_not_applicable, datagrid }) =>
        [id, name, type, options, unit, required, allow_not_applicable, datagrid]));
      if (now !== shape) {
        shape = now;
        controls = new Map(step.fields.map((field) => [field.id, fieldControl(field, save, changed)]));
        replace(element, [...controls.values()].map((control) => control.element));
      }
      const permitted = may("run_step.update");
      const state = {
        open: step.state === "in_progress" && permitted, state: step.state, sessions: step.sessions, deviations: step.deviations,
        names: new Map(step.fields.map((field) => [field.id, field.name])),
        lacks: permitted ? null : "This needs the permission run_step.update.",
      };
      for (const field of step.fields) controls.get(field.id).show(field, state);
    },
    async settled() {
      for (const control of controls.values()) if (control.isDirty()) control.commit();
      await tail;
      const left = [...controls.values()].find((control) => control.isDirty());
      left?.element.scrollIntoView({ block: "center" });
      left?.element.querySelector("input, textarea, select")?.focus({ preventScroll: true });
      return left === undefined;
    },
    hasUnsaved: () => [...controls.values()].some((control) => control.isDirty()),
  };
}
