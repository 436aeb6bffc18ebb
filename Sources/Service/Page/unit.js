// A unit, a lot or a quantity: what it is, what is in it, what it is in, and the runs to go to.

import { get, write } from "./api.js";
import { asBuiltTree } from "./asbuilt.js";
import { attributesPart } from "./attributes.js";
import { h, replace } from "./dom.js";
import { differencePart, usesPart } from "./genealogy.js";
import { lacks } from "./me.js";
import { notice } from "./problem.js";
import { badge, identity, moment, partName, quantity } from "./words.js";

export function unitView([id]) {
  const stopped = new AbortController();
  const element = h("article", { class: "run" }, h("p", { class: "busy" }, "Loading …"));
  const path = `inventory/${encodeURIComponent(id)}`;
  const attributes = attributesPart({
    record: "part_inventory", owner: null, gates: "It is needed to complete the run that builds it.", changed: refresh,
    arrived: (total) => { sheet.hidden = total === 0; },
    write: (given, version, waiting) => write("PATCH", path, { body: { attributes: given }, version, waiting }),
  });
  const sheet = h("section", { class: "sheet", hidden: true }, h("h2", {}, "Attributes"), attributes.element);

  const show = (unit) => attributes.show({ attributes: unit.attributes, version: unit.version, reason: lacks("inventory.receive") });

  async function refresh() {
    try {
      await show(await get(path, {}, stopped.signal));
    } catch (error) {
      if (error.name !== "AbortError") notice(error);
    }
  }

  return {
    element,
    async start() {
      const [unit, inside, above] = await Promise.all([
        get(path, {}, stopped.signal), get(`${path}/abom`, {}, stopped.signal), get(`${path}/where-used`, {}, stopped.signal),
      ]);
      const place = unit.location_id && await get(`locations/${encodeURIComponent(unit.location_id)}`, {}, stopped.signal);
      const name = identity(unit) ?? partName(unit);
      document.title = `${name} · Traveler`;
      const fact = (term, ...content) => h("div", {}, h("dt", {}, term), h("dd", {}, content));
      const toRun = (run, text) => h("a", { class: "button", href: `#/runs/${run}` }, text);
      const builtBy = inside.items.find((row) => row.level > 0 && row.run_id)?.run_id;
      replace(element,
        h("header", { class: "run-head" },
          h("div", { class: "names" }, h("h1", { tabindex: "-1" }, name), badge(unit.status)),
          h("dl", {},
            fact("Part", partName(unit), h("span", { class: "fine" }, unit.part_name)),
            fact("Quantity", quantity(unit.quantity, unit.unit)),
            fact("Location", place ? place.name : "—"),
            fact("Since", moment(unit.created_at)),
            unit.expires_at && fact("Expires", moment(unit.expires_at))),
          h("p", { class: "actions" },
            unit.building_run_id && toRun(unit.building_run_id, "Open the run that builds it"),
            !unit.building_run_id && builtBy && toRun(builtBy, "Open the run that built it"))),
        sheet,
        above.items.length > 0 && h("section", { class: "sheet" }, h("h2", {}, "What it is in"), usesPart(above.items)),
        h("section", { class: "sheet" }, h("h2", {}, "What is in it"), asBuiltTree(inside.items, null),
          (builtBy || unit.building_run_id) && differencePart(path, stopped.signal)));
      await show(unit);
    },
    goesTo: () => false,
    unsaved: () => attributes.hasUnsaved(),
    stop: () => stopped.abort(),
  };
}
