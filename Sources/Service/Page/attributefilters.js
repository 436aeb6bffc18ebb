// What a list is narrowed to by the org's own attributes (F4): an input for each that is searchable, by its type.

import { get, getAll } from "./api.js";
import { decimal } from "./decimal.js";
import { definitionsOf } from "./definitions.js";
import { h, replace } from "./dom.js";
import { Fault } from "./fault.js";
import { me } from "./me.js";

/** How the address and the API name the value of an attribute that is looked for. */
const prefix = "attribute.";

/**
 * The inputs of a list of records: { element, start(), asked(), clear() }. `query` is the address's: what it asks for
 * stands, though no input may know it. `changed` is called when another value is looked for.
 */
export function attributeFilters(record, query, stopped, changed) {
  const wanted = new Map([...query].filter(([name, value]) => name.startsWith(prefix) && value !== ""));
  const element = h("div", { class: "attribute-filters" });
  let boxes = [];

  function look(name, value) {
    if ((wanted.get(name) ?? "") === value) return;
    if (value === "") wanted.delete(name);
    else wanted.set(name, value);
    changed();
  }

  function box(definition) {
    const id = `filter-${definition.id}`;
    const fault = h("span", { class: "fault", role: "alert" });
    /** One input of it; `end` is empty, or says which end of a range it is. */
    const input = (end, label) => {
      const name = prefix + definition.key + end;
      const made = (kinds[definition.type] ?? kinds.text)(definition, {
        id: `${id}${end.replace(".", "-")}`, label, end, stopped,
        async given(read) {
          fault.textContent = "";
          try {
            look(name, await read());
          } catch (error) {
            if (!(error instanceof Fault)) throw error;
            fault.textContent = error.message;
          }
        },
      });
      made.set(wanted.get(name) ?? "");
      return made;
    };
    const ends = ranges[definition.type];
    if (ends === undefined) {
      const made = input("", null);
      boxes.push(made);
      return h("p", { class: "field" }, h("label", { for: id, dir: "auto" }, definition.label), made.element, fault);
    }
    const pair = [".from", ".to"].map((end, index) => input(end, `${definition.label} ${ends[index]}`));
    boxes.push(...pair);
    return h("div", { class: "field range", role: "group", "aria-labelledby": `${id}-name` },
      h("span", { class: "label", id: `${id}-name`, dir: "auto" }, definition.label),
      h("span", { class: "ends" }, pair.map((made, index) => [h("span", { class: "fine", "aria-hidden": "true" }, ends[index]), made.element])), fault);
  }

  return {
    element,
    /** The inputs, once it is known which. */
    async start() {
      // A file is found by no one: its id is all that there is to look for.
      const searchable = (await definitionsOf(record)).filter((each) => each.searchable && each.archived_at === null && each.type !== "file");
      boxes = [];
      replace(element, searchable.map(box));
    },
    asked: () => Object.fromEntries(wanted),
    clear() {
      wanted.clear();
      for (const each of boxes) each.set("");
    },
  };
}

/** How the two ends of a range are called. The API takes the upper one as what comes after it. */
const ranges = { number: ["from", "below"], date: ["from", "to"], datetime: ["from", "before"] };

/** The day after a day of the calendar, or before it. */
function dayBeside(day, days) {
  const time = new Date(`${day}T00:00Z`);
  time.setUTCDate(time.getUTCDate() + days);
  return Number.isNaN(time.getTime()) ? day : time.toISOString().slice(0, 10);
}

const kinds = {
  text: (definition, context) => written({}, context, (text) => text),
  number: (definition, context) => written({ inputmode: "decimal", maxlength: 62 }, context, (text) => {
    const value = decimal(text);
    if (value === null) throw new Fault("This is not a number.");
    return value;
  }),
  // A person names the last day that counts, the API the first that does not.
  date: (definition, context) => written({ type: "date", max: "9999-12-30" }, context,
    (text) => (context.end === ".to" ? dayBeside(text, 1) : text), (value) => (context.end === ".to" ? dayBeside(value, -1) : value)),
  datetime: (definition, context) => written({ type: "datetime-local", step: 1, max: "9999-12-31T23:59" }, context,
    (text) => new Date(text).toISOString(),
    (value) => {
      const time = new Date(value);
      return Number.isNaN(time.getTime()) ? "" : new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    }),
  boolean: (definition, context) => list(Promise.resolve([["true", "Yes"], ["false", "No"]]), context),
  select: ({ options, retired_options }, context) =>
    list(Promise.resolve(options.map((each) => [each, retired_options.includes(each) ? `${each} (retired)` : each])), context),
  multiselect: (definition, context) => kinds.select(definition, context),
  user: (definition, context) => list(getAll("users", {}, context.stopped)
    .then((users) => users.map((user) => [user.id, user.id === me().user_id ? `${user.name} (me)` : user.name])), context),
  part: (definition, context) => part(context),
};

function written(attributes, { id, label, given }, read, shown = (value) => value) {
  const input = h("input", {
    type: "text", id, "aria-label": label, autocomplete: "off", maxlength: 10_000, placeholder: "Any", dir: "auto", ...attributes,
    onchange: () => given(() => (input.value.trim() === "" ? "" : read(input.value.trim()))),
  });
  return { element: input, set: (value) => { input.value = value === "" ? "" : shown(value); } };
}

function list(coming, { id, given }) {
  let wanted = "";
  const select = h("select", { id, onchange: () => given(() => select.value) }, h("option", { value: "" }, "Any"));
  coming.then((pairs) => {
    select.append(...pairs.map(([value, label]) => h("option", { value, dir: "auto" }, label)));
    show(wanted);
  }).catch(() => {});

  function show(value) {
    wanted = value;
    select.value = value;
    if (select.selectedIndex < 0) select.value = "";
  }

  return { element: select, set: show };
}

/** A part, by its number: scanned or typed. */
function part({ id, given, stopped }) {
  const input = h("input", {
    type: "text", id, autocomplete: "off", autocapitalize: "characters", maxlength: 100, placeholder: "Any: part number",
    onchange: () => given(async () => {
      const number = input.value.trim();
      if (number === "") return "";
      const { items } = await get("parts", { part_number: number, limit: 20 }, stopped);
      if (items.length === 0) throw new Fault("There is no part with this number.");
      return items.at(-1).id;
    }),
  });
  return {
    element: input,
    set(value) {
      input.value = "";
      if (value === "") return;
      get(`parts/${encodeURIComponent(value)}`, {}, stopped).then((found) => { input.value = found.part_number; }).catch(() => {});
    },
  };
}
