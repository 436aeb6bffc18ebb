// The org's own attributes of a record (F2): read by everyone, each given and changed in its place by whoever may.

import { attributeRow } from "./attribute.js";
import { attributeList } from "./attributevalue.js";
import { definitionsOf } from "./definitions.js";
import { announce, h, replace } from "./dom.js";
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
  const foot = h("div", {});
  const element = h("div", {}, list, foot);
  let rows = new Map();
  let shape = null;
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

  function draw(definitions, values, reason) {
    const unknown = Object.keys(values).filter((key) => !definitions.some((each) => each.key === key));
    const shown = definitions.filter((each) => each.archived_at === null || each.key in values);
    // Only other definitions make other rows: what is open and typed, and where the focus is, stays.
    const now = JSON.stringify(shown.map(({ version: one, created_at, ...definition }) => definition));
    if (now !== shape) {
      shape = now;
      rows = new Map(shown.map((each) => {
        const kept = rows.get(each.id);
        return [each.id, kept?.isDirty() ? kept : attributeRow(each, owner, save)];
      }));
      replace(list, [...rows.values()].map((row) => row.element));
    }
    for (const row of rows.values()) row.show(values, reason, gates);
    const open = shown.filter((each) => each.archived_at === null);
    replace(foot,
      shown.length + unknown.length === 0 && h("p", { class: "empty" }, `There are no attributes of ${recordNames[record]}.`),
      unknown.length > 0 && h("p", { class: "fine" }, `Beside them: ${unknown.join(", ")}.`),
      reason !== null && open.length > 0 && h("p", { class: "why" }, reason),
      may("attribute.define") && h("p", { class: "actions" }, h("a", { class: "fine", href: `#/attributes?record=${record}` }, "Define attributes")));
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
      if (error.name !== "AbortError" && mine === turn) replace(foot, problemBox(error));
    }
  }

  return {
    element,
    show,
    /** Another attribute may have been defined since. */
    follow: () => last !== null && show(last),
    hasUnsaved: () => [...rows.values()].some((row) => row.isDirty()),
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
