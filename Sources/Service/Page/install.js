// Installing inventory into a run, and taking it out again (B2, B4).

import { get, write } from "./api.js";
import { compare, decimal, difference, sum } from "./decimal.js";
import { ask, askReason } from "./dialog.js";
import { announce, h, replace } from "./dom.js";
import { identity, partName, quantity } from "./words.js";

/** How many rows of inventory are offered for one part. */
const atMost = 100;

/** How many more a requirement needs: what is installed, was there before or is excepted is not among them (B1, B5). */
export function openQuantity(requirement) {
  return [requirement.quantity_installed, requirement.quantity_carried, requirement.quantity_excepted].reduce(difference, requirement.quantity_needed);
}

/**
 * Asks what to install for a requirement and installs it; answers whether it was done. `into` is a run or a group split off
 * from one: its `path`, `units` and, of a run, its `requirements`. A requirement of a group says itself what is `open`.
 */
export async function install(into, requirement) {
  const open = requirement.open ?? openQuantity(requirement);
  const list = h("div", { class: "choices tall", role: "radiogroup", "aria-label": "What is available" }, h("p", { class: "busy" }, "Looking for what is available …"));
  const fault = h("p", { class: "fault", role: "alert" });
  const scan = h("input", { type: "text", id: "install-scan", autocomplete: "off", placeholder: "Scan a serial or lot number", onchange: picked });
  const amount = h("input", { type: "text", id: "install-quantity", class: "figure", inputmode: "decimal", autocomplete: "off" });
  const assemblies = assembliesOf(into, requirement);
  const units = assemblies.length > 1 && h("select", { id: "install-unit" }, assemblies.map((each) => h("option", { value: each.id }, each.name)));
  const places = requirement.reference_designators?.length > 0 && h("select", { id: "install-place" },
    h("option", { value: "" }, "Not told"), requirement.reference_designators.map((name) => h("option", { value: name }, name)));
  const parts = [requirement.part_id, ...requirement.substitute_part_ids];
  let rows = [];
  let isCut = false;

  function choose(row) {
    const input = list.querySelector(`input[value="${row.id}"]`);
    input.checked = true;
    input.closest("label").scrollIntoView({ block: "nearest" });
    amount.value = compare(row.quantity, open) < 0 ? row.quantity : open;
    fault.textContent = "";
  }

  async function picked() {
    const wanted = scan.value.trim();
    if (wanted === "") return;
    const isIt = (each) => [each.serial_number, each.lot_number].some((number) => number?.toLowerCase() === wanted.toLowerCase());
    if (isCut && !rows.some(isIt)) await loadNumbered(wanted);
    const row = rows.find(isIt);
    if (row) choose(row);
    else fault.textContent = `${scan.value.trim()} is not among what is available here.`;
  }

  async function load() {
    try {
      const pages = await Promise.all(parts.map((part) => get("inventory", { part_id: part, status: "available", limit: atMost })));
      rows = pages.flatMap((page) => page.items);
      isCut = pages.some((page) => page.next_cursor !== null);
    } catch (error) {
      return replace(list, h("p", { class: "fault" }, error.title));
    }
    draw();
    if (rows.length === 1) choose(rows[0]);
  }

  /** More is available than is listed: a number that is not is asked for by itself. */
  async function loadNumbered(number) {
    const asked = parts.flatMap((part) => ["serial_number", "lot_number"].map((name) => get("inventory", { part_id: part, status: "available", [name]: number, limit: 1 })));
    const found = await Promise.all(asked).then((pages) => pages.flatMap((page) => page.items), () => []);
    rows.push(...found.filter((each) => !rows.some((row) => row.id === each.id)));
    draw();
  }

  function draw() {
    replace(list, rows.map((row) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "row", value: row.id, onchange: () => choose(row) }),
      h("span", {}, h("b", {}, identity(row) ?? partName(row)), ` · ${quantity(row.quantity, row.unit)} available`,
        row.part_id !== requirement.part_id && ` · substitute ${partName(row)}`))),
    rows.length === 0 && h("p", { class: "empty" }, "Nothing of it is available. Receive or release some first."),
    isCut && h("p", { class: "fine" }, "More is available than is listed here: scan or type the number of what goes in."));
  }

  function read() {
    const row = rows.find((each) => each.id === list.querySelector("input:checked")?.value);
    const wanted = decimal(amount.value);
    if (!row) fault.textContent = "Scan or pick what goes in.";
    else if (wanted === null) fault.textContent = "Type how many go in, such as 4.";
    else {
      return {
        build_requirement_id: requirement.id, part_inventory_id: row.id, quantity: wanted,
        assembly_inventory_id: units ? units.value : undefined,
        reference_designator: places && places.value !== "" ? places.value : undefined,
      };
    }
    return undefined;
  }

  load();
  const done = await ask({
    title: `Install ${partName(requirement)}`, confirm: "Install",
    content: [
      h("p", {}, `${requirement.part_name ?? partName(requirement)}: ${quantity(open, requirement.unit)} of ${quantity(requirement.quantity_needed, requirement.unit)} still to install.`),
      h("p", { class: "field" }, h("label", { for: "install-scan" }, "Scan"), scan), list,
      h("p", { class: "field" }, h("label", { for: "install-quantity" }, "How many"), amount),
      units && h("p", { class: "field" }, h("label", { for: "install-unit" }, "Into"), units),
      places && h("p", { class: "field" }, h("label", { for: "install-place" }, "At"), places), fault,
    ],
    read, perform: (body) => write("POST", `${into.path}/installations`, { body }),
  });
  if (done !== null) announce(`Installed: ${partName(requirement)}`);
  return done !== null;
}

/** What a requirement's parts go into: the run's units or, below one that is made on assembly, what was made for that (B7). */
function assembliesOf(into, requirement) {
  const named = (row, index, word) => ({ id: row.part_inventory_id, name: identity(row) ?? `${word} ${index + 1}` });
  const units = into.units.map((unit, index) => named(unit, index, "Unit"));
  const parent = requirement.parent_id && into.requirements?.find((each) => each.id === requirement.parent_id);
  if (!parent) return units;
  const names = new Map(units.map((each) => [each.id, each.name]));
  return parent.made_inventory.map((row, index) => {
    const { id, name } = named(row, index, partName(parent));
    return { id, name: names.has(row.assembly_inventory_id) ? `${name}, in ${names.get(row.assembly_inventory_id)}` : name };
  });
}

/** Asks why, and takes an installation out of its assembly; answers whether it was done. */
export async function uninstall(installationId, name) {
  const done = await askReason({
    act: "uninstall", policy: "required", title: `Take out: ${name}`, confirm: "Take out", danger: true,
    note: "It goes back to stock, where its assembly is.",
    perform: (body) => write("POST", `installations/${encodeURIComponent(installationId)}/uninstall`, { body }),
  });
  if (done !== null) announce(`Taken out: ${name}`);
  return done !== null;
}
