// One attribute of a record: what it is, and, opened by whoever may, its input, saved by itself as soon as it is given.

import { isMissing, attributeValue } from "./attributevalue.js";
import { h, replace } from "./dom.js";
import { Fault } from "./fault.js";
import { inputFor } from "./inputs.js";
import { problemBox } from "./problem.js";
import { badge, shape } from "./words.js";

/**
 * The row of an attribute. `save(row, value)` saves a value, null for none; `show(values, reason, gates)` takes the
 * values that the service has, why they can't be changed here, null if they can, and whether a missing one blocks the record.
 */
export function attributeRow(definition, owner, save) {
  const id = `attribute-${definition.id}`;
  const name = h("dt", { id: `${id}-name`, dir: "auto" }, definition.label);
  const value = h("div", { class: "attribute-value" });
  const opener = h("button", { type: "button", class: "small", onclick: open }, "Change");
  const remover = h("button", { type: "button", class: "small", onclick: takeAway }, "Take the value away");
  const status = h("div", { class: "saved" });
  const place = h("div", { class: "attribute-edit" });
  const element = h("div", { class: "attribute", id, tabindex: "-1" }, name, h("dd", {}, value, opener, place, status));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !isOpen()) return;
    event.preventDefault();
    input.set(shown);
    dirty = false;
    mark("");
    close();
  });
  let shown = null;
  let input = null;
  let dirty = false;
  let sent;

  const row = { definition, element, show, saving, saved, failed, isDirty: () => dirty, commit };

  function mark(kind, ...content) {
    element.dataset.save = kind;
    replace(status, content.length > 0 && h("p", {}, content));
  }

  const isOpen = () => element.classList.contains("is-open");

  function open() {
    element.classList.add("is-open");
    if (!dirty) build();
    (place.querySelector("input:checked") ?? place.querySelector("input:not([type=file]), textarea, select, button"))?.focus();
  }

  function build() {
    mark("");
    input = inputFor(inputOf(definition, shown, owner), { id: `${id}-input`, name: name.id, typed, commit });
    input.set(shown);
    replace(place, definition.type === "file" && owner === null ? h("p", { class: "fine" }, "A file is sent to a run or a step, and named here by its id through the API.") : input.element,
      h("p", { class: "actions" }, h("button", { type: "button", class: "small", onclick: close }, "Done"), remover));
  }

  function takeAway() {
    input.set(null);
    commit();
  }

  /** Back to reading. What can't be saved as it was typed keeps it open. */
  function close() {
    if (dirty && sent === undefined) commit();
    if (dirty && sent === undefined) return;
    element.classList.remove("is-open");
    opener.focus({ preventScroll: true });
  }

  function typed() {
    dirty = true;
    mark("unsaved", "Not saved yet");
  }

  /** The input's value is given: it is saved, if it is another than the service has. */
  function commit() {
    if (input === null) return;
    try {
      give(input.get());
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      dirty = true;
      mark("fault", error.message);
    }
  }

  function give(wanted) {
    if (same(wanted, sent === undefined ? shown : sent)) {
      if (sent === undefined) {
        dirty = false;
        mark("");
      }
      return;
    }
    dirty = true;
    save(row, wanted);
  }

  function saving(wanted, again) {
    sent = wanted;
    mark("saving", again ? "No answer yet. Trying again …" : "Saving …");
  }

  function saved(wanted) {
    if (same(sent, wanted)) sent = undefined;
    shown = wanted;
    draw();
    try {
      dirty = input !== null && !same(input.get(), wanted);
    } catch {
      dirty = true;
    }
    if (dirty) mark("unsaved", "Not saved yet");
    else mark("done", shape("completed"), wanted === null ? " Taken away" : " Saved");
  }

  function failed(error) {
    sent = undefined;
    element.dataset.save = "fault";
    if (dirty && input !== null) element.classList.add("is-open");
    replace(status, problemBox(error), dirty && h("button", { type: "button", class: "small", onclick: commit }, "Save again"));
  }

  function draw(gates = row.gates) {
    row.gates = gates;
    const lacks = isMissing(definition, shown === null ? {} : { [definition.key]: shown });
    replace(value, lacks ? [badge("missing"), h("span", { class: "fine" }, gates)] : attributeValue(definition, shown),
      definition.archived_at !== null && h("span", { class: "fine" }, "archived: it is given no value any more"));
    element.classList.toggle("is-missing", lacks);
    remover.hidden = shown === null;
  }

  function show(values, reason, gates) {
    const now = values[definition.key] ?? null;
    const isChanged = !same(now, shown);
    shown = now;
    draw(gates);
    opener.hidden = reason !== null || definition.archived_at !== null;
    opener.textContent = now === null ? "Enter" : "Change";
    opener.setAttribute("aria-label", `${opener.textContent}: ${definition.label}`);
    if (input !== null && isChanged && !dirty) input.set(shown);
    if (reason !== null && !dirty) element.classList.remove("is-open");
  }

  return row;
}

/** What an input needs to know of an attribute: a retired option is offered only where it stands already (F2). */
function inputOf({ type, label, options, retired_options }, shown, owner) {
  const stands = [shown].flat();
  return { type, name: label, options: options.filter((option) => !retired_options.includes(option) || stands.includes(option)), owner };
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
