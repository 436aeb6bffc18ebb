// What a run must install, how far it is with it, and the way to install more.

import { compare } from "./decimal.js";
import { announce, h } from "./dom.js";
import { install, openQuantity } from "./install.js";
import { lacks } from "./me.js";
import { badge, partName, quantity } from "./words.js";

/** The children of the section, from the run; `changed` is called after an installation. */
export function partsPart(run, changed) {
  if (run.build_requirements.length === 0) return h("p", { class: "empty" }, "This run installs no parts.");
  return requirementsTable(run, changed, new Map(run.steps.map((step) => [step.id, step.title])));
}

/** The requirements as a table; `titles` names the step of each, by the step's id. */
export function requirementsTable(run, changed, titles = new Map()) {
  const reason = run.completed_at ? `Run ${run.number} is completed: its records are locked.` : lacks("inventory.install");
  const open = run.build_requirements.filter((each) => !isMet(each));
  const above = new Map(run.build_requirements.map((each) => [each.id, each]));
  const column = (text, name) => h("th", { scope: "col", class: name }, text);
  return [
    h("div", { class: "wide" }, h("table", { class: "requirements" },
      h("thead", {}, h("tr", {}, column("Part"), column("Installed", "figure"), column("State"))),
      h("tbody", {}, run.build_requirements.map((each) => h("tr", {},
        h("th", { scope: "row" }, h("span", { class: "title" }, partName(each)), " ",
          h("span", { class: "fine" }, [each.part_name, each.reference_designators.join(", "), titles.get(each.run_step_id) && `in ${titles.get(each.run_step_id)}`,
            each.made_on_assembly && "made on assembly", above.has(each.parent_id) && `in ${partName(above.get(each.parent_id))}`]
            .filter(Boolean).join(" · "))),
        h("td", { class: "figure" }, `${each.quantity_installed} of ${quantity(each.quantity_needed, each.unit)}`,
          compare(each.quantity_shared, "0") > 0 && h("span", { class: "fine" }, ` ${each.quantity_shared} shared`),
          compare(each.quantity_carried, "0") > 0 && h("span", { class: "fine" }, ` ${each.quantity_carried} there before`),
          compare(each.quantity_excepted, "0") > 0 && h("span", { class: "fine" }, ` ${each.quantity_excepted} excepted`)),
        h("td", { class: "state" }, isMet(each) ? badge("met") : [badge("missing"), h("button", {
          type: "button", "aria-label": `Install ${partName(each)}`, "aria-disabled": reason && "true",
          onclick: async () => {
            if (reason) return announce(reason);
            if (await install({ path: `runs/${encodeURIComponent(run.id)}`, units: run.units, requirements: run.build_requirements }, each)) await changed();
          },
        }, "Install")])))))),
    open.length > 0 && reason && h("p", { class: "why" }, reason),
  ];
}

function isMet(requirement) {
  return compare(openQuantity(requirement), "0") <= 0;
}
