// What is recorded in the fields of a step, in words.

import { range } from "./decimal.js";
import { h } from "./dom.js";
import { person } from "./people.js";
import { badge, moment } from "./words.js";

/** The fields of a step with their values, as a table. */
export function valuesTable(fields) {
  return h("div", { class: "wide" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Field", "Value", "Asked for", "Entered"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, fields.map((field) => h("tr", {},
      h("th", { scope: "row" }, field.name),
      h("td", { class: field.out_of_range ? "value is-failed" : "value" }, fieldValue(field),
        field.out_of_range && badge("failed", "Out of range"), field.stale && badge("hold", "To be signed again")),
      h("td", {}, asked(field)),
      h("td", {}, field.entered_at ? [moment(field.entered_at), " by ", person(field.entered_by)] : "—"))))));
}

/** A field's value in words, with its unit. */
export function fieldValue(field) {
  if (field.not_applicable) return "Not applicable";
  const value = field.value;
  if (value === null || value === undefined) return "—";
  if (field.type === "signoff") return "Signed";
  if (field.type === "pass_fail") return value === "pass" ? "Pass" : "Fail";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  if (field.type === "datetime") return moment(value);
  if (field.type === "user") return person(`user:${value}`);
  return field.unit ? `${value} ${field.unit}` : String(value);
}

/** What a field asks for: its range, its signer, whether it may stay empty. */
function asked(field) {
  return [
    field.type === "number" && range(field), field.signoff_role && `signed by ${field.signoff_role}`, field.peer && "by a peer",
    !field.required && "optional",
  ].filter(Boolean).join(", ") || "a value";
}
