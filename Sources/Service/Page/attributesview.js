// The attributes that the org defines (F1): by the kind of record that has them, each with what it takes and when.

import { write } from "./api.js";
import { recordNames } from "./attributes.js";
import { attributeValue } from "./attributevalue.js";
import { changeDefinition, createDefinition, requiredWords, typeNames } from "./definition.js";
import { definitionsOf, forgetDefinitions } from "./definitions.js";
import { ask } from "./dialog.js";
import { announce, h, replace } from "./dom.js";
import { lacks } from "./me.js";
import { count, moment } from "./words.js";

/** The view of the definitions of a kind of record (`record` in the address); runs unless it names another. */
export function attributesView(path, query) {
  const record = Object.hasOwn(recordNames, query.get("record")) ? query.get("record") : "run";
  const reason = lacks("attribute.define");
  const list = h("div", { class: "definitions" });
  const heading = `Attributes of ${recordNames[record]}`;
  const chip = ([name, text]) => h("li", {}, h("a", {
    class: "chip", href: `#/attributes?record=${name}`, "aria-current": name === record && "true",
  }, text.charAt(0).toUpperCase() + text.slice(1)));
  const act = (text, label, make) => h("button", {
    type: "button", "aria-label": label, "aria-disabled": reason && "true",
    onclick: async () => {
      if (reason) return announce(reason);
      if (await make() === null) return;
      announce(`${label}: done`);
      forgetDefinitions();
      await refresh();
    },
  }, text);
  const element = h("div", { class: "queue" },
    h("div", { class: "names" }, h("h1", { tabindex: "-1" }, heading),
      h("div", { class: "actions" }, act("Define an attribute", "Define an attribute", () => createDefinition(record)))),
    reason && h("p", { class: "why" }, reason),
    h("nav", { "aria-label": "Kinds of records" }, h("ul", { class: "chips" }, Object.entries(recordNames).map(chip))),
    h("p", { class: "fine" }, "What is beside the records that are built in. Once a record has a value, the attribute's key and type never change. An option is retired, never removed, and an attribute is archived: the values that are there stay."),
    list);

  function box(definition) {
    const { label, key, type, options, retired_options, archived_at } = definition;
    const fact = (name, ...content) => h("div", {}, h("dt", {}, name), h("dd", {}, content));
    return h("section", { class: "sheet definition", "data-key": key, "aria-labelledby": `definition-${definition.id}` },
      h("div", { class: "names" }, h("h2", { id: `definition-${definition.id}`, dir: "auto" }, label), h("p", { class: "fine" }, h("code", {}, key), ` · ${typeNames[type] ?? type}`)),
      h("dl", {},
        fact("Required", requiredWords(definition), definition.required_at && h("span", { class: "fine" }, "Since ", moment(definition.required_at))),
        definition.default_value !== null && fact("Default", attributeValue(definition, definition.default_value)),
        fact("Lists", definition.searchable ? "Filtered and sorted by it" : "Not searched by it")),
      options.length > 0 && h("div", {}, h("p", { class: "fine" }, count(options.length - retired_options.length, "option"), retired_options.length > 0 && `, ${retired_options.length} retired`),
        attributeValue({ type: "multiselect", retired_options }, options)),
      archived_at ? h("p", { class: "fine" }, "Archived ", moment(archived_at), ": no record is given a value any more.")
        : h("p", { class: "actions" }, act("Change", `Change ${label}`, () => changeDefinition(definition)), act("Archive", `Archive ${label}`, () => archive(definition))));
  }

  async function refresh() {
    const definitions = await definitionsOf(record);
    const open = definitions.filter((each) => each.archived_at === null);
    const ended = definitions.filter((each) => each.archived_at !== null);
    replace(list, open.map(box), open.length === 0 && h("p", { class: "empty" }, `There are no attributes of ${recordNames[record]}.`),
      ended.length > 0 && h("details", { class: "away" }, h("summary", {}, `${count(ended.length, "archived attribute")}`), h("div", { class: "definitions" }, ended.map(box))));
  }

  return {
    element,
    async start() {
      document.title = `${heading} · Traveler`;
      forgetDefinitions();
      await refresh();
    },
    goesTo: () => false,
    stop() {},
  };
}

/** Asks whether an attribute is to end, and ends it; null when left. */
function archive({ id, label, version }) {
  return ask({
    title: `Archive "${label}"`, confirm: "Archive", danger: true,
    content: h("p", {}, "No record is given a value any more, and none waits for one. The values that are there stay. It can't be taken back."),
    perform: () => write("POST", `attribute-definitions/${encodeURIComponent(id)}/archive`, { body: {}, version }),
  });
}
