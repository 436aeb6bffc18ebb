// What is recorded in the fields of a step, in words.

import { correct } from "./correct.js";
import { range } from "./decimal.js";
import { deviationPart } from "./deviation.js";
import { announce, h } from "./dom.js";
import { link } from "./files.js";
import { lacks } from "./me.js";
import { partNamed } from "./named.js";
import { person } from "./people.js";
import { badge, moment } from "./words.js";

/**
 * The fields of a step with their values, as a table. With `step`, a completed one of a live run, a value can be
 * corrected and a deviation accepted there; `changed` is called afterwards.
 */
export function valuesTable(fields, step = null, changed = null) {
  return h("div", { class: "wide" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Field", "Value", "Asked for", "Entered"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, fields.map((field) => h("tr", {},
      h("th", { scope: "row" }, field.name),
      h("td", { class: field.out_of_range ? "value is-failed" : "value" }, fieldValue(field),
        field.out_of_range && badge("failed", "Out of range"), step && deviationPart(field, step, changed), field.stale && badge("hold", "To be signed again")),
      h("td", {}, asked(field)),
      h("td", {}, field.entered_at ? [moment(field.entered_at), " by ", person(field.entered_by)] : "—",
        step && field.type !== "signoff" && correction(step, field, changed)))))));
}

function correction(step, field, changed) {
  const reason = lacks("run_step.correct");
  return h("button", {
    type: "button", class: "correct", "aria-label": `Correct ${field.name}`, "aria-disabled": reason && "true", title: reason,
    onclick: async () => {
      if (reason) return announce(reason);
      if (await correct(step, field)) await changed();
    },
  }, "Correct");
}

/** A field's value in words, with its unit. */
export function fieldValue(field) {
  if (field.not_applicable) return "Not applicable";
  const value = field.value;
  if (value === null || value === undefined) return "—";
  if (field.type === "signoff") return "Signed";
  if (field.type === "pass_fail") return value === "pass" ? "Pass" : "Fail";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (field.type === "multiselect") return value.join(", ");
  if (field.type === "datagrid") return gridValue(field, value);
  if (field.type === "tool") return [field.value_detail?.number, field.value_detail?.name].filter(Boolean).join(" · ") || value;
  if (field.type === "part") return partNamed(value);
  if (field.type === "file") return link(value, field.value_detail?.file_name ?? "Open the file");
  if (field.type === "datetime") return moment(value);
  if (field.type === "user") return person(`user:${value}`);
  return field.unit ? `${value} ${field.unit}` : String(value);
}

function gridValue({ datagrid, value_detail }, rows) {
  const out = value_detail?.out_of_range;
  return h("div", {}, h("table", {},
    h("thead", {}, h("tr", {}, datagrid.columns.map((column) => h("th", { scope: "col" }, column.label, column.unit && ` (${column.unit})`)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, datagrid.columns.map((column) =>
      h("td", {}, column.key in row ? fieldValue({ ...column, value: row[column.key] }) : "—")))))), out && h("p", { class: "fine" }, "Cells are out of range."));
}

/** What a field asks for: its range, its signer, whether it may stay empty. */
function asked(field) {
  return [
    field.type === "number" && range(field), field.signoff_role && `signed by ${field.signoff_role}`, field.peer && "by a peer",
    !field.required && "optional",
  ].filter(Boolean).join(", ") || "a value";
}
