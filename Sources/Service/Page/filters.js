// What the timeline is narrowed to: status, part, work center, person, batch, and the org's own attributes.

import { get } from "./api.js";
import { attributeFilters } from "./attributefilters.js";
import { h, replace } from "./dom.js";
import { count, runStatuses, word } from "./words.js";

/** The filters that an address names; `changed` is called when another one is chosen. */
export function timelineFilters(query, stopped, changed) {
  const select = (id, label, choices) => {
    const input = h("select", { id: `filter-${id}`, onchange: change }, h("option", { value: "" }, "Any"), choices);
    return [id, input, h("p", { class: "field" }, h("label", { for: `filter-${id}` }, label), input)];
  };
  const boxes = [
    select("status", "Status", runStatuses.map((each) => h("option", { value: each }, word(each)))),
    select("location_id", "Work center", []), select("assigned_to", "Person", []), select("batch_id", "Batch", []),
  ];
  const inputs = new Map(boxes.map(([id, input]) => [id, input]));
  const own = attributeFilters("run", query, stopped, change);
  const part = h("input", { type: "text", id: "filter-part", autocomplete: "off", autocapitalize: "characters", maxlength: 100, list: "filter-parts", placeholder: "Any", onchange: findPart });
  const parts = h("datalist", { id: "filter-parts" });
  const fault = h("p", { class: "fault", role: "alert" });
  const summary = h("summary", {});
  const element = h("details", { class: "timeline-filters" }, summary,
    h("div", { class: "fields" }, boxes.map(([, , box]) => box),
      h("p", { class: "field" }, h("label", { for: "filter-part" }, "Part number"), part, parts, fault),
      own.element,
      h("button", { type: "button", onclick: clear }, "Clear")));
  let partId = query.get("part_id") ?? "";

  const asked = () => Object.fromEntries([["part_id", partId], ...[...inputs].map(([id, input]) => [id, input.value]), ...Object.entries(own.asked())].filter(([, value]) => value !== ""));

  function say() {
    const on = Object.keys(asked()).length;
    replace(summary, on === 0 ? "Filter" : count(on, "filter"));
    element.classList.toggle("is-on", on > 0);
  }

  function change() {
    say();
    changed();
  }

  function clear() {
    partId = part.value = fault.textContent = "";
    own.clear();
    for (const input of inputs.values()) input.value = "";
    change();
  }

  /** A part is named by its number: an org may have more of them than a list can show. */
  async function findPart() {
    fault.textContent = "";
    const number = part.value.trim();
    const found = number === "" ? null : (await get("parts", { part_number: number, limit: 1 }, stopped)).items[0];
    if (found === undefined) fault.textContent = "There is no part with this number.";
    partId = found?.id ?? "";
    change();
  }

  async function fill(id, path, parameters, option) {
    const { items } = await get(path, parameters, stopped);
    inputs.get(id).append(...items.map(option).filter(Boolean).map(([value, text]) => h("option", { value }, text)));
    inputs.get(id).value = query.get(id) ?? "";
    if (inputs.get(id).selectedIndex < 0) inputs.get(id).value = "";
  }

  return {
    element,
    asked,
    /** The work center that is chosen, by id and name; null where none is. */
    place() {
      const input = inputs.get("location_id");
      return input.value === "" ? null : { id: input.value, name: input.selectedOptions[0].textContent };
    },
    isOn: () => Object.keys(asked()).length > 0,
    async start() {
      inputs.get("status").value = runStatuses.includes(query.get("status")) ? query.get("status") : "";
      const [, , , known] = await Promise.all([
        fill("location_id", "locations", { limit: 200 }, (each) => each.work_center && each.archived_at === null && [each.id, each.name]),
        fill("assigned_to", "users", { limit: 200 }, (each) => each.active && [each.id, each.name]),
        fill("batch_id", "batches", { open: true, limit: 200 }, (each) => [each.id, `${each.number} ${each.title}`]),
        get("parts", { limit: 200 }, stopped), own.start(),
      ]);
      parts.append(...known.items.map((each) => h("option", { value: each.part_number }, each.name)));
      if (partId !== "") part.value = (await get(`parts/${encodeURIComponent(partId)}`, {}, stopped)).part_number;
      say();
    },
  };
}
