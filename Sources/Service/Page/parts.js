// What a run must install, and how far it is with it.

import { h } from "./dom.js";
import { badge, partName, quantity } from "./words.js";

/** The children of the section, from the run. */
export function partsPart(run) {
  if (run.build_requirements.length === 0) return h("p", { class: "empty" }, "This run installs no parts.");
  const titles = new Map(run.steps.map((step) => [step.id, step.title]));
  const column = (text, name) => h("th", { scope: "col", class: name }, text);
  return h("div", { class: "wide" }, h("table", {},
    h("thead", {}, h("tr", {}, column("Part"), column("Installed", "figure"), column("State"))),
    h("tbody", {}, run.build_requirements.map((each) => h("tr", {},
      h("th", { scope: "row" }, h("span", { class: "title" }, partName(each)), " ",
        h("span", { class: "fine" }, [each.part_name, each.reference_designators.join(", "), each.run_step_id && `in ${titles.get(each.run_step_id)}`]
          .filter(Boolean).join(" · "))),
      h("td", { class: "figure" }, `${each.quantity_installed} of ${quantity(each.quantity_needed, each.unit)}`),
      h("td", {}, state(each)))))));
}

/** Decimal strings: equal ones are equal, and only the shortfall's sign is asked of arithmetic. */
function state(requirement) {
  const met = requirement.quantity_installed === requirement.quantity_needed
    || Number(requirement.quantity_installed) >= Number(requirement.quantity_needed);
  return met ? badge("met") : badge("missing");
}
