// One input for each type of field (P4), large enough for gloves. An input knows its value in the API's form, null when
// it is empty, and says what is wrong with what was typed by throwing a Fault.

import { get, getAll } from "./api.js";
import { decimal } from "./decimal.js";
import { h } from "./dom.js";
import { Fault } from "./fault.js";
import { fileInput } from "./files.js";
import { grid } from "./grid.js";
import { me } from "./me.js";

/** As many options as stand beside each other as buttons; more are a list. */
const atMostButtons = 6;

/**
 * The input of a field: { element, get(), set(value), enable(on) }. `typed` is called while the value is on its way,
 * `commit` when it is given. `name` is the id of the element that names the field.
 */
export function inputFor(field, { id, name, typed, commit }) {
  const make = kinds[field.type];
  return make ? make(field, { id, name, typed, commit }) : null;
}

const kinds = {
  text: (field, context) => written(h("textarea", { rows: 2, maxlength: 10_000 }), context, (text) => text.trim()),
  number: (field, context) => number(field, context),
  pass_fail: (field, context) => buttons([["pass", "Pass", "good"], ["fail", "Fail", "bad"]], context),
  boolean: (field, context) => buttons([[true, "Yes"], [false, "No"]], context),
  select: (field, context) => (field.options.length <= atMostButtons
    ? buttons(field.options.map((option) => [option, option]), context)
    : list(Promise.resolve(field.options.map((option) => [option, option])), context)),
  multiselect: (field, context) => checks(field.options, context),
  date: (field, context) => dated(h("input", { type: "date", max: "9999-12-31" }), context, "Today",
    (text) => text, (value) => value, () => local(new Date()).slice(0, 10)),
  datetime: (field, context) => dated(h("input", { type: "datetime-local", step: 1, max: "9999-12-31T23:59" }), context, "Now",
    (text) => new Date(text).toISOString(), (value) => local(new Date(value)).slice(0, 19), () => local(new Date()).slice(0, 19)),
  user: (field, context) => list(users(), context, { label: "Me", value: me().user_id }),
  part: (field, context) => part(context),
  tool: (field, context) => list(tools(), context),
  file: (field, context) => fileInput(field, context),
  datagrid: (field, context) => grid(field, context, inputFor),
};

/** A moment in the reader's time zone, in the form that date inputs take. */
function local(time) {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().replace("Z", "");
}

function written(input, { id, name, typed, commit }, read, shown = (value) => value) {
  input.id = id;
  input.setAttribute("aria-labelledby", name);
  input.setAttribute("autocomplete", "off");
  input.addEventListener("input", typed);
  input.addEventListener("change", commit);
  return {
    element: input,
    get: () => (input.value.trim() === "" ? null : read(input.value)),
    set: (value) => { input.value = value === null ? "" : shown(value); },
    enable: (on) => { input.readOnly = !on; },
  };
}

function number(field, context) {
  const input = h("input", { type: "text", inputmode: "decimal", class: "figure", maxlength: 62, enterkeyhint: "done" });
  const made = written(input, context, (text) => {
    const value = decimal(text);
    if (value === null) throw new Fault(`"${text.trim()}" is not a number. Type one such as 12.5.`);
    return value;
  });
  input.addEventListener("keydown", (event) => event.key === "Enter" && context.commit());
  return { ...made, element: h("span", { class: "measure" }, input, field.unit && h("span", { class: "unit-name" }, field.unit)) };
}

function dated(input, context, now, read, shown, moment) {
  const made = written(input, context, (text) => {
    if (Number.isNaN(Date.parse(text))) throw new Fault("This is no date of the calendar.");
    return read(text);
  }, shown);
  const button = h("button", {
    type: "button",
    onclick: () => {
      input.value = moment();
      context.commit();
    },
  }, now);
  const enable = (on) => {
    made.enable(on);
    button.disabled = !on;
  };
  return { ...made, enable, element: h("span", { class: "measure" }, input, button) };
}

/** One of several, as buttons: a radio group, so that arrow keys and screen readers know it. */
function buttons(choices, { id, name, commit }) {
  const inputs = choices.map(([value, label, kind], index) => {
    const input = h("input", { type: "radio", name: id, id: index === 0 ? id : null, onchange: commit });
    return { value, input, element: h("label", { class: ["choice", kind].filter(Boolean).join(" ") }, input, h("span", {}, label)) };
  });
  return {
    element: h("div", { class: "choices", role: "radiogroup", "aria-labelledby": name }, inputs.map((each) => each.element)),
    get: () => inputs.find((each) => each.input.checked)?.value ?? null,
    set: (value) => { for (const each of inputs) each.input.checked = each.value === value; },
    enable: (on) => { for (const each of inputs) each.input.disabled = !on; },
  };
}

function checks(options, { id, name, commit }) {
  const inputs = options.map((value, index) => {
    const input = h("input", { type: "checkbox", id: index === 0 ? id : null, onchange: commit });
    return { value, input, element: h("label", { class: "choice" }, input, h("span", {}, value)) };
  });
  return {
    element: h("div", { class: "choices", role: "group", "aria-labelledby": name }, inputs.map((each) => each.element)),
    get: () => {
      const picked = inputs.filter((each) => each.input.checked).map((each) => each.value);
      return picked.length === 0 ? null : picked;
    },
    set: (value) => { for (const each of inputs) each.input.checked = value !== null && value.includes(each.value); },
    enable: (on) => { for (const each of inputs) each.input.disabled = !on; },
  };
}

/** A list whose [value, label] pairs may come later; `own` is one of them in a single tap. */
function list(coming, { id, name, commit }, own = null) {
  const select = h("select", { id, "aria-labelledby": name, onchange: commit }, h("option", { value: "" }, "—"));
  let wanted = null;
  coming.then((pairs) => {
    select.append(...pairs.map(([value, label]) => h("option", { value }, label)));
    if (wanted !== null) select.value = wanted;
  }).catch(() => {});
  const button = own && h("button", {
    type: "button",
    onclick: () => {
      select.value = own.value;
      commit();
    },
  }, own.label);
  return {
    element: h("span", { class: "measure" }, select, button),
    get: () => (select.value === "" ? null : select.value),
    set: (value) => {
      wanted = value;
      select.value = value ?? "";
    },
    enable: (on) => {
      select.disabled = !on;
      if (button) button.disabled = !on;
    },
  };
}

async function users() {
  const items = await getAll("users", { active: true });
  return items.map((user) => [user.id, user.name]);
}

/** The tools that can be used; one whose calibration is overdue is named as such, and refused by the service. */
async function tools() {
  const items = await getAll("tools", { archived: false });
  return items.map((tool) => [tool.id, `${tool.number} · ${tool.name}${tool.overdue ? ` (calibration was due ${tool.calibration_due})` : ""}`]);
}

/** A part, by its number: scanned or typed. */
function part({ id, name, typed, commit }) {
  const found = h("span", { class: "fine" });
  let value = null;
  const input = h("input", {
    type: "text", id, "aria-labelledby": name, autocomplete: "off", placeholder: "Part number", oninput: typed,
    async onchange() {
      const number = input.value.trim();
      if (number === "") {
        value = null;
        return commit();
      }
      const { items } = await get("parts", { part_number: number, archived: false, limit: 20 }).catch(() => ({ items: [] }));
      value = items.at(-1)?.id ?? new Fault(`There is no part ${number}.`);
      found.textContent = items.at(-1) ? `${items.at(-1).name}, revision ${items.at(-1).revision}` : "";
      commit();
    },
  });
  return {
    element: h("span", { class: "measure" }, input, found),
    get: () => {
      if (value instanceof Fault) throw value;
      return value;
    },
    set: (id) => {
      if (id === value) return;
      value = id;
      input.value = "";
      found.textContent = "";
      if (id !== null) {
        get(`parts/${encodeURIComponent(id)}`).then((part) => {
          input.value = part.part_number;
          found.textContent = `${part.name}, revision ${part.revision}`;
        }).catch(() => {});
      }
    },
    enable: (on) => { input.readOnly = !on; },
  };
}
