// What a run built: its units with all that is in them, and the records that its completions fixed.

import { address, get, getBytes } from "./api.js";
import { sum } from "./decimal.js";
import { announce, h, replace } from "./dom.js";
import { whereabouts } from "./genealogy.js";
import { uninstall } from "./install.js";
import { lacks } from "./me.js";
import { problemBox } from "./problem.js";
import { badge, byPart, count, identity, moment, partName, quantity, shape } from "./words.js";

/** The children of the units' section. The first unit's tree is open; the others load when they are opened. */
export function unitsPart(run, stopped, changed) {
  if (run.units.length === 0) return h("p", { class: "empty" }, "This run has no units.");
  return run.units.map((unit, index) => {
    const tree = h("div", { class: "detail" });
    const box = h("details", { class: "unit", ontoggle: () => box.open && load() },
      h("summary", {}, h("span", { class: "what" },
        h("span", { class: "title" }, identity(unit) ?? partName(run.part)),
        h("span", { class: "fine" }, `Quantity ${quantity(unit.quantity, run.part.unit)}`),
        badge(unit.status))),
      tree);
    let loaded = false;

    async function load() {
      if (loaded) return;
      loaded = true;
      replace(tree, h("p", { class: "busy" }, "Loading …"));
      try {
        const { items } = await get(`inventory/${encodeURIComponent(unit.part_inventory_id)}/abom`, {}, stopped);
        replace(tree, asBuiltTree(items, run.id, run.completed_at ? null : changed));
      } catch (error) {
        loaded = false;
        if (error.name !== "AbortError") replace(tree, problemBox(error));
      }
    }

    if (index === 0) box.open = true;
    return box;
  });
}

/**
 * The as-built BOM of one unit: the tree, and below it the total of each part over all levels. With `changed` what is
 * installed in the unit can be taken out again, whichever run installed it (B4).
 */
export function asBuiltTree(items, runId, changed = null) {
  // What an assembly holds is listed wherever the assembly is: once is enough.
  const rows = [...new Map(items.map((row) => [`${row.assembly_inventory_id} ${row.installation_id}`, row])).values()];
  const inside = grouped(rows.filter((row) => row.level > 0), (row) => row.assembly_inventory_id);
  const root = rows.find((row) => row.level === 0);
  if (!inside.has(root.part_inventory_id)) return h("p", { class: "empty" }, "Nothing is installed in it.");
  return [
    h("ul", { class: "tree", "aria-label": `What is in ${partName(root)}` }, node(root, inside, runId, changed)),
    totals(rows, inside),
  ];
}

function node(row, inside, runId, changed) {
  const contents = [...(inside.get(row.part_inventory_id) ?? [])].sort(byPartAndUnit);
  // What is in an assembly was installed by the run that built it: the way to that run's own record.
  const builtBy = contents[0]?.run_id;
  return h("li", {},
    h("div", { class: "part" },
      h("p", {},
        h("span", { class: "figure" }, `${quantity(row.quantity)} ×`), " ",
        h("span", { class: "title" }, partName(row)), " ", row.part_name),
      h("p", { class: "fine" },
        identity(row) && h("span", { class: "tag" }, identity(row)), whereabouts(row),
        row.installed_at && h("span", {}, "installed ", moment(row.installed_at)),
        row.level > 0 && builtBy && builtBy !== runId && h("a", { href: `#/runs/${builtBy}` }, "Open its run"),
        changed && row.level === 1 && removal(row, changed))),
    contents.length > 0 && h("ul", {}, contents.map((each) => node(each, inside, runId, changed))));
}

function removal(row, changed) {
  const reason = lacks("inventory.install");
  const name = [identity(row), partName(row)].filter(Boolean).join(", ");
  return h("button", {
    type: "button", class: "small", "aria-label": `Take out ${name}`, "aria-disabled": reason && "true", title: reason,
    onclick: async () => {
      if (reason) return announce(reason);
      if (await uninstall(row.installation_id, name)) await changed();
    },
  }, "Take out");
}

function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row); else groups.set(key(row), [row]);
  }
  return groups;
}

function byPartAndUnit(one, other) {
  return byPart(one, other) || String(identity(one)).localeCompare(String(identity(other)), "en", { numeric: true });
}

function totals(rows, inside) {
  // An installation counts once, in however many units it may be.
  const counted = new Map(rows.filter((row) => row.level > 0).map((row) => [row.installation_id, row])).values();
  const parts = grouped(counted, (row) => row.part_id);
  const sums = [...parts.values()].map((each) => ({
    ...each[0], total: sum(each.map((row) => row.quantity)), assembled: each.some((row) => inside.has(row.part_inventory_id)),
  })).sort(byPartAndUnit);
  return h("details", { class: "totals" }, h("summary", {}, `Totals over all levels (${count(sums.length, "part")})`),
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Part"), h("th", { scope: "col", class: "figure" }, "Total"))),
      h("tbody", {}, sums.map((each) => h("tr", {},
        h("th", { scope: "row" }, h("span", { class: "title" }, partName(each)), " ",
          h("span", { class: "fine" }, each.part_name, each.assembled && " · assembly")),
        h("td", { class: "figure" }, each.total))))));
}

/** The children of the records' section. */
export function recordsPart(run, stopped) {
  if (run.as_built_records.length === 0) {
    return h("p", { class: "empty" }, "There is none yet. Completing the run fixes one.");
  }
  return h("ul", { class: "records" }, [...run.as_built_records].reverse().map((record) => {
    const path = `runs/${encodeURIComponent(run.id)}/as-built/${record.number}`;
    return h("li", {},
      h("p", { class: "title" }, `Record ${record.number}, fixed `, moment(record.created_at)),
      h("p", {}, "SHA-256 ", h("code", { class: "digest" }, record.digest)),
      h("p", { class: "actions" },
        h("a", { class: "button", href: address(path), target: "_blank", rel: "noopener" }, "Open the document"),
        digestCheck(path, record.digest, stopped)));
  }));
}

/** Fetches the document and takes its digest here, in the browser. Only a secure context has the means for it. */
function digestCheck(path, digest, stopped) {
  if (!globalThis.crypto?.subtle) return null;
  const outcome = h("span", { role: "status" });
  const button = h("button", {
    type: "button",
    async onclick() {
      try {
        const bytes = await crypto.subtle.digest("SHA-256", await getBytes(path, stopped));
        const found = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
        replace(outcome, found === digest
          ? h("span", { class: "badge is-complete" }, shape("complete"), "The document has this digest")
          : h("span", { class: "badge is-failed" }, shape("failed"), `The document has another digest: ${found}`));
      } catch (error) {
        if (error.name !== "AbortError") replace(outcome, problemBox(error));
      }
    },
  }, "Check the digest");
  return [button, outcome];
}
