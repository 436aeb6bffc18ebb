// Which field of a calendar or work center a refusal of the service belongs to.

import { sentence } from "./problem.js";

/** The fields by the codes of refusals. */
const fields = {
  time_zone_unknown: "time_zone", no_working_hour: "shifts", calendar_invalid: "shifts", date_invalid: "holidays", calendar_exists: "name",
};

/** Says a refusal at the field that it is of (`faults` are the fields' own lines by name); false where it is of none. */
export function loadFault(error, faults) {
  const pointed = error.errors?.map((each) => [each.pointer?.split("/")[1], each.detail]).filter(([name]) => faults[name]) ?? [];
  const named = faults[fields[error.code]] ? [[fields[error.code], [sentence(error), error.clear].filter(Boolean).join(" ")]] : [];
  const told = [...pointed, ...named];
  for (const [name, words] of told) {
    faults[name].textContent = words;
    const box = faults[name].closest("fieldset, .field");
    box?.querySelector("input, select, button")?.focus();
  }
  return told.length > 0;
}
