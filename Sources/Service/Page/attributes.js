// The org's own attributes of a record (F2): read by everyone, each given and changed in its place by whoever may.

import { attributeRow } from "./attribute.js";
import { attributeList } from "./attributevalue.js";
import { definitionsOf } from "./definitions.js";
import { announce, h, region, replace } from "./dom.js";
import { may } from "./me.js";
import { problemBox, sentence } from "./problem.js";

/** What the records are called that a sentence speaks of. */
export const recordNames = {
  run: "runs", run_step: "steps", issue: "issues", part_inventory: "inventory", procedure: "procedures",
};

/**
 * The attributes of one record. `write(attributes, version, waiting)` saves some; `changed()` is called when it did, or
 * when the record has changed meanwhile; `owner` is what a file is sent to, null where none can be; `gates` says what a
 * missing one blocks; `arrived` is called when it is known whether there are any.
 */
export function attributesPart({ record, owner, gates, write, changed, arrived = () => {} }) {
  const list = h("dl", { class: "attributes" });
  const foot = region(h("div", {}), ({ isEmpty, unknown, why }) => [
    isEmpty && h("p", { class: "empty" }, `There are no attributes of ${recordNames[record]}.`),
    unknown.length > 0 && h("p", { class: "fine" }, `Beside them: ${unknown.join(", ")}.`),
    why !== null && h("p", { class: "why" }, why),
    may("attribute.define") && h("p", { class: "actions" }, h("a", { class: "fine", href: `#/attributes?record=${record}` }, "Define attributes"))]);
  const fault = h("div", {});
  const element = h("div", {}, list, foot.element, fault);
  let rows = new Map();
  let version;
  let turn = 0;
  let tail = Promise.resolve();
  let last = null;

  function save(row, value) {
    row.saving(value, false);
    tail = tail.then(async () => {
      try {
        await write({ [row.definition.key]: value }, version, () => row.saving(value, true));
        row.saved(value);
        announce(`${row.definition.label}: saved`);
        await changed();
      } catch (error) {
        row.failed(error);
        announce(`${row.definition.label}: not saved. ${sentence(error)}`);
        if (error.status === 412 || error.status === 409) await changed();
      }
    });
  }

  /** Has the list hold these elements in this order, without moving one that is where it belongs. */
  function arrange(elements) {
    for (const each of [...list.children]) if (!elements.includes(each)) each.remove();
    let place = list.firstElementChild;
    for (const each of elements) {
      if (each === place) place = place.nextElementSibling;
      else list.insertBefore(each, place);
    }
  }

  function draw(definitions, values, reason) {
    const unknown = Object.keys(values).filter((key) => !definitions.some((each) => each.key === key));
    const shown = definitions.filter((each) => each.archived_at === null || each.key in values);
    // Only another definition makes another row: what is open and typed, and where the focus is, stays.
    const before = rows;
    rows = new Map(shown.map((each) => {
      const text = JSON.stringify({ ...each, version: null });
      const kept = before.get(each.id);
      return [each.id, kept !== undefined && (kept.text === text || kept.row.isDirty()) ? kept : { text, row: attributeRow(each, owner, save) }];
    }));
    arrange([...rows.values()].map(({ row }) => row.element));
    for (const { row } of rows.values()) row.show(values, reason, gates);
    foot.show({ isEmpty: shown.length + unknown.length === 0, unknown, why: shown.some((each) => each.archived_at === null) ? reason : null });
    replace(fault);
    return shown.length + unknown.length;
  }

  /** Shows what the service has; `reason` says why nothing can be changed, null if it can. */
  async function show({ attributes, version: now, reason }) {
    last = { attributes, version: now, reason };
    version = now;
    turn += 1;
    const mine = turn;
    try {
      const definitions = await definitionsOf(record);
      if (mine === turn) arrived(draw(definitions, attributes, reason));
    } catch (error) {
      if (error.name !== "AbortError" && mine === turn) replace(fault, problemBox(error));
    }
  }

  return {
    element,
    show,
    /** Another attribute may have been defined since. */
    follow: () => last !== null && show(last),
    hasUnsaved: () => [...rows.values()].some(({ row }) => row.isDirty()),
  };
}

/** The attributes of a record that are only read where it is shown, under a heading; hidden where it has none. `note` says why. */
export function attributesRead(record, heading, note) {
  const element = h("section", { class: "sheet", hidden: true });
  return {
    element,
    async show(values) {
      const list = attributeList(await definitionsOf(record), values);
      element.hidden = list === null;
      replace(element, heading, list, h("p", { class: "why" }, note));
    },
  };
}
