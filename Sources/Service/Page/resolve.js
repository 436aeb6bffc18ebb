// Saying whose an installation is that several groups of a run share: one group's, or so much of each (X5).

import { write } from "./api.js";
import { compare, decimal, sum } from "./decimal.js";
import { ask } from "./dialog.js";
import { announce, h } from "./dom.js";
import { identity } from "./words.js";

/**
 * Asks and resolves; answers whether it was done. `groups` are those that share it: { split_id, name, units }, with no
 * `split_id` for the run's own.
 */
export async function resolve(shared, groups) {
  const name = [identity(shared), shared.part_number].filter(Boolean).join(", ");
  const fault = h("p", { class: "fault", role: "alert" });
  const rows = groups.map((group, index) => ({
    group,
    amount: h("input", {
      type: "text", id: `resolve-${index}`, class: "figure", inputmode: "decimal", autocomplete: "off", value: index === 0 ? shared.quantity : "0",
    }),
    // A serialized unit's parts are in one of the units.
    unit: group.units.length > 1 && group.units.every((each) => each.serial_number !== null)
      && h("select", { "aria-label": `In which unit of ${group.name}` }, h("option", { value: "" }, "Any of its units"),
        group.units.map((each) => h("option", { value: each.part_inventory_id }, identity(each)))),
  }));

  function read() {
    const given = rows.map(({ amount }) => decimal(amount.value || "0"));
    if (given.includes(null)) fault.textContent = "Type how many are whose, such as 1.";
    else if (compare(sum(given), shared.quantity) !== 0) fault.textContent = `${shared.quantity} are installed: this adds up to ${sum(given)}.`;
    else {
      return {
        assignments: rows.map(({ group, unit }, index) => ({
          split_id: group.split_id, quantity: given[index], assembly_inventory_id: (unit && unit.value) || undefined,
        })).filter((each) => compare(each.quantity, "0") > 0),
      };
    }
    return undefined;
  }

  const done = await ask({
    title: `Whose is ${name}?`, confirm: "That is how it is",
    content: [
      h("p", {}, `${shared.quantity} are installed, and shared. Say how many are whose.`),
      rows.map(({ group, amount, unit }) => h("p", { class: "field" }, h("label", { for: amount.id }, group.name), amount, unit)), fault,
    ],
    read, perform: (body) => write("POST", `installations/${encodeURIComponent(shared.installation_id)}/resolve`, { body, version: shared.version }),
  });
  if (done !== null) announce(`Resolved: ${name}`);
  return done !== null;
}
