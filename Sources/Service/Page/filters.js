// What the timeline is narrowed to: status, part, work center, person, batch, and the org's own attributes.

import { get, getAll } from "./api.js";
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

  function fill(id, options) {
    inputs.get(id).append(...options);
    inputs.get(id).value = query.get(id) ?? "";
    if (inputs.get(id).selectedIndex < 0) inputs.get(id).value = "";
  }

  const option = (value, ...text) => h("option", { value }, text);

  /** Batches come and go by the thousand: the newest, and the one that the address names. */
  async function openBatches() {
    const { items, next_cursor } = await get("batches", { open: true, limit: 200 }, stopped);
    const named = query.get("batch_id");
    if (named && !items.some((each) => each.id === named)) items.unshift(await get(`batches/${encodeURIComponent(named)}`, {}, stopped));
    return [
      ...items.map((each) => option(each.id, each.title === `Batch ${each.number}` ? each.title : `${each.number} ${each.title}`)),
      ...(next_cursor ? [h("option", { disabled: true }, "Older ones: from the batch's own page")] : []),
    ];
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
      const [centers, people, batches, known] = await Promise.all([
        getAll("locations", { work_center: true }, stopped), getAll("users", { active: true }, stopped), openBatches(),
        get("parts", { limit: 200 }, stopped), own.start(),
      ]);
      fill("location_id", centers.filter((each) => each.archived_at === null).map((each) => option(each.id, each.name)));
      fill("assigned_to", people.map((each) => option(each.id, each.name)));
      fill("batch_id", batches);
      parts.append(...known.items.map((each) => h("option", { value: each.part_number }, each.name)));
      if (partId !== "") part.value = (await get(`parts/${encodeURIComponent(partId)}`, {}, stopped)).part_number;
      say();
    },
  };
}
