// The value of an attribute as people read it, by its type (F1). What an org or a person wrote keeps its own direction.

import { h } from "./dom.js";
import { fileNamed, partNamed } from "./named.js";
import { person } from "./people.js";
import { badge, day, moment } from "./words.js";

/** A value in words; what no type of attribute is known for, as it is. */
export function attributeValue(definition, value) {
  if (value === null || value === undefined) return "—";
  switch (definition?.type) {
    case "boolean": return value ? "Yes" : "No";
    case "date": return day(value);
    case "datetime": return moment(value);
    case "select": return options([value], definition);
    case "multiselect": return options(value, definition);
    case "user": return person(`user:${value}`);
    case "part": return partNamed(value);
    case "file": return fileNamed(value);
    default: return h("span", { class: "free-text", dir: "auto" }, typeof value === "string" ? value : JSON.stringify(value));
  }
}

function options(values, { retired_options }) {
  return h("span", { class: "tags" }, values.map((value) => h("bdi", { class: "tag" }, value,
    retired_options.includes(value) && h("span", { class: "fine" }, " (retired)"))));
}

/** Labels and values of a record that are only read here; null where it has none and lacks none. */
export function attributeList(definitions, values) {
  const shown = definitions.filter((each) => each.key in values || isMissing(each, values));
  return shown.length === 0 ? null : h("dl", { class: "attributes" }, shown.map((each) => h("div", { class: "attribute" },
    h("dt", { dir: "auto" }, each.label), h("dd", {}, each.key in values ? attributeValue(each, values[each.key]) : badge("missing")))));
}

/** Whether a record lacks a value that is required of it. */
export function isMissing(definition, values) {
  return definition.required && definition.archived_at === null && !(definition.key in values);
}
