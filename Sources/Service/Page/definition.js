// Defining an attribute, and changing what of it may change (F1).

import { write } from "./api.js";
import { ask } from "./dialog.js";
import { h, replace } from "./dom.js";
import { Fault } from "./fault.js";
import { inputFor } from "./inputs.js";

/** The types by what people call them. */
export const typeNames = {
  text: "Text", number: "Number", boolean: "Yes or no", date: "Date", datetime: "Date and time", select: "One of several",
  multiselect: "Some of several", user: "Person", part: "Part", file: "File",
};

/** By when a record has its value, if it must have one. */
const ends = {
  run: "Before a run completes", run_step: "Before its run completes", issue: "Before it is resolved",
  part_inventory: "Before the run that builds it completes", procedure: "Before it is released",
};

/** In words, by when a record must have a value. */
export function requiredWords({ record, required, required_from }) {
  if (!required) return "No";
  return required_from === "creation" ? "When a run is made" : ends[record];
}

/** Asks for a new attribute and defines it; null when left. */
export function createDefinition(record) {
  const form = definitionForm({ record, key: "", label: "", type: "text", options: [], retired_options: [], required: false, required_from: "completion", default_value: null, searchable: false }, true);
  return ask({
    title: "Define an attribute", confirm: "Define it", content: form.content,
    read: () => form.read((now) => ({ record, ...now })),
    perform: (body) => write("POST", "attribute-definitions", { body }),
  });
}

/** Asks for what is to change of an attribute and changes it; null when left. */
export function changeDefinition(definition) {
  const form = definitionForm(definition, false);
  return ask({
    title: `Change "${definition.label}"`, confirm: "Change it", content: form.content,
    read: () => form.read((now) => {
      const { options = [], retire_options, restore_options, ...rest } = now;
      const changed = Object.fromEntries(Object.entries(rest).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(definition[name])));
      return {
        ...changed, ...(options.length > 0 && { options }), ...(retire_options?.length > 0 && { retire_options }), ...(restore_options?.length > 0 && { restore_options }),
      };
    }),
    perform: (body) => write("PATCH", `attribute-definitions/${encodeURIComponent(definition.id)}`, { body, version: definition.version }),
  });
}

function definitionForm(definition, isNew) {
  const field = (id, text, input, note = null) => {
    input.id = `definition-${id}`;
    return h("p", { class: "field" }, h("label", { for: input.id }, text), input, note && h("span", { class: "fine" }, note));
  };
  const label = h("input", { type: "text", maxlength: 200, autocomplete: "off", dir: "auto", value: definition.label, oninput: suggest });
  const key = h("input", { type: "text", maxlength: 63, autocomplete: "off", autocapitalize: "none", spellcheck: "false", value: definition.key, oninput: () => { isOwnKey = true; } });
  const type = h("select", { onchange: retype }, Object.entries(typeNames).map(([value, text]) => h("option", { value, selected: value === definition.type }, text)));
  const more = h("textarea", { rows: 4, dir: "auto", onchange: retype });
  const offered = definition.options.map((option) => [option, h("input", { type: "checkbox", checked: !definition.retired_options.includes(option), onchange: retype })]);
  const stays = h("fieldset", { class: "choices tall" }, h("legend", {}, "Options that are offered"),
    offered.map(([option, input]) => h("label", { class: "choice small" }, input, h("bdi", {}, option))));
  const options = h("div", { class: "definition-options" }, offered.length > 0 && stays,
    field("options", offered.length > 0 ? "Options to add, one a line" : "Options, one a line", more));
  const times = [["", "It may stay empty"], ["completion", ends[definition.record]], ...(definition.record === "run" ? [["creation", "When a run is made; runs that are there need it to complete"]] : [])];
  const required = h("select", {}, times.map(([value, text]) => h("option", { value, selected: value === (definition.required ? definition.required_from : "") }, text)));
  const searchable = h("input", { type: "checkbox", checked: definition.searchable });
  const fallback = h("div", {});
  const fault = h("p", { class: "fault", role: "alert" });
  let isOwnKey = !isNew;
  let input = null;

  /** A key that says what the label says, until one is written. */
  function suggest() {
    if (isOwnKey) return;
    key.value = label.value.toLowerCase().normalize("NFD").replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+/, "").replace(/_+$/, "").slice(0, 63);
  }

  const added = () => more.value.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const hasOptions = () => ["select", "multiselect"].includes(type.value);

  /** Another type, or other options, make another input for the default. */
  function retype() {
    options.hidden = !hasOptions();
    const value = input === null ? definition.default_value : read(null);
    const live = [...offered.filter(([, box]) => box.checked).map(([option]) => option), ...added()];
    input = type.value === "file" || (hasOptions() && live.length === 0) ? null
      : inputFor({ type: type.value, options: live }, { id: "definition-default", name: "definition-default-name", typed() {}, commit() {} });
    replace(fallback, input !== null && [h("p", { id: "definition-default-name", class: "title" }, "Default (optional)"),
      h("p", { class: "fine" }, "What a new record has that is given no value."), input.element]);
    if (input !== null && type.value === shownType && fits(value, live)) input.set(value);
    shownType = type.value;
  }

  const fits = (value, live) => value !== null && (!hasOptions() || [value].flat().every((each) => live.includes(each)));

  function read(otherwise) {
    try {
      return input.get();
    } catch (error) {
      if (!(error instanceof Fault) || otherwise === undefined) throw error;
      return otherwise;
    }
  }

  let shownType = definition.type;
  retype();

  return {
    content: [
      field("label", "What people read", label),
      field("key", "Key", key, isNew ? "Its name in the API and in the views of analysts. It never changes once a record has a value." : "It never changes once a record has a value."),
      field("type", "Type", type, "It never changes once a record has a value."),
      options, field("required", "Required", required), fallback,
      h("label", { class: "choice" }, searchable, h("span", {}, "Lists can be filtered and sorted by it")), fault,
    ],
    /** The members of a request, as `make` has them; undefined with the fault shown where something is not given. */
    read(make) {
      fault.textContent = "";
      try {
        if (label.value.trim() === "") throw new Fault("Say what people read.");
        if (!/^[a-z][a-z0-9_]*$/.test(key.value.trim())) throw new Fault("A key is of small letters a to z, digits and _, and begins with a letter.");
        const now = {
          label: label.value.trim(), key: key.value.trim(), type: type.value, required: required.value !== "", searchable: searchable.checked,
          default_value: input === null ? (type.value === "file" ? definition.default_value : null) : read(),
        };
        if (required.value !== "") now.required_from = required.value;
        if (hasOptions()) {
          now.options = added();
          if (!isNew) {
            now.retire_options = offered.filter(([option, box]) => !box.checked && !definition.retired_options.includes(option)).map(([option]) => option);
            now.restore_options = offered.filter(([option, box]) => box.checked && definition.retired_options.includes(option)).map(([option]) => option);
          } else if (now.options.length === 0) throw new Fault("Write at least one option.");
        }
        return make(now);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        fault.textContent = error.message;
        fault.scrollIntoView({ block: "nearest" });
        return undefined;
      }
    },
  };
}
