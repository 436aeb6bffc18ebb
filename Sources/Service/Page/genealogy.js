// Where a unit or a lot went, and how what is in it differs from what was to be built.

import { get } from "./api.js";
import { h, replace } from "./dom.js";
import { problemBox } from "./problem.js";
import { count, identity, partName, quantity } from "./words.js";

const shownAtOnce = 100;

/** Where it exactly is, as far as the record says. */
export function whereabouts(row) {
  return [
    row.whole_run && h("span", { class: "tag" }, "in one of the run's units"),
    row.shared && h("span", { class: "tag" }, "shared, to be resolved"),
    row.from_origin && h("span", { class: "tag" }, "from the lot it was split from"),
  ];
}

/** The assemblies that something is in, those next to it first. */
export function usesPart(items) {
  const holders = [...items].sort((one, other) => one.level - other.level);
  if (holders.length === 0) return h("p", { class: "empty" }, "It is in nothing.");
  const list = h("ul", { class: "queue-list" }, holders.slice(0, shownAtOnce).map(holder));
  if (holders.length <= shownAtOnce) return list;
  const rest = h("p", { class: "actions" }, h("button", {
    type: "button",
    onclick() {
      replace(list, holders.map(holder));
      rest.remove();
    },
  }, `Show all ${holders.length}`));
  return [list, rest];
}

/** What a row is in: a unit or, where no unit is known, the run that it was installed in. */
function holder(row) {
  const unit = row.assembly_inventory_id;
  return h("li", {}, h("a", { class: "queue-row is-installed", href: unit ? `#/units/${unit}` : `#/runs/${row.run_id}` },
    h("span", { class: "what" }, h("span", { class: "title" }, unit ? identity(row) ?? partName(row) : "A run as a whole"),
      h("span", { class: "fine" }, unit && `${partName(row)}, ${row.part_name}`,
        row.level > 1 && ` · ${count(row.level, "level")} up`, row.whole_run && " · or another unit of its run",
        row.shared && " · shared, to be resolved", row.from_origin && " · or what this was split from"))));
}

/** The comparison with what was to be built, fetched when it is opened. */
export function differencePart(path, stopped) {
  const outcome = h("div", { class: "detail" });
  const box = h("details", { class: "unit", ontoggle: () => box.open && load("run") },
    h("summary", {}, h("span", { class: "what" }, h("span", { class: "title" }, "What differs from what was to be built"))), outcome);

  async function load(against) {
    replace(outcome, h("p", { class: "busy" }, "Comparing …"));
    try {
      const answer = await get(`${path}/abom/difference`, { against }, stopped);
      const other = against === "run" ? ["mbom", "Compare with the BOMs released now"] : ["run", "Compare with what its runs were to build"];
      replace(outcome, differences(answer),
        h("p", { class: "actions" }, h("button", { type: "button", onclick: () => load(other[0]) }, other[1])));
    } catch (error) {
      if (error.name !== "AbortError") replace(outcome, problemBox(error));
    }
  }
  return box;
}

const words = { missing: "Missing", extra: "Extra", substituted: "Replaced", quantity: "Another quantity" };

function differences(answer) {
  if (answer.assemblies === 0) return h("p", { class: "empty" }, "Nothing says what was to be in it.");
  if (answer.differences.length === 0) {
    return h("p", { class: "empty" }, `Nothing differs, in ${count(answer.assemblies, "assembly", "assemblies")}.`);
  }
  return h("table", {},
    h("thead", {}, h("tr", {}, ["Part", "In", "What", "Per unit", "Found"].map((name, column) =>
      h("th", { scope: "col", class: column > 2 && "figure" }, name)))),
    h("tbody", {}, answer.differences.map((each) => h("tr", {},
      h("th", { scope: "row" }, h("span", { class: "title" }, partName(each)), " ", h("span", { class: "fine" }, each.part_name)),
      h("td", {}, h("a", { href: `#/units/${each.assembly_inventory_id}` }, assemblyName(each))),
      h("td", {}, words[each.what], each.substitute && ` by ${each.substitute.found} × ${partName(each.substitute)}`,
        each.substitute && !each.substitute.approved && ", not approved", each.excepted !== "0" && ` · ${each.excepted} excepted`),
      h("td", { class: "figure" }, quantity(each.expected, each.unit)), h("td", { class: "figure" }, quantity(each.found, each.unit))))));
}

function assemblyName(row) {
  return identity({ serial_number: row.assembly_serial_number, lot_number: row.assembly_lot_number })
    ?? partName({ part_number: row.assembly_part_number, revision: row.assembly_revision });
}
