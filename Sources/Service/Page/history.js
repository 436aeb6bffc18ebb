// The transaction history of a run: newest first, the changes of one transaction together.

import { get } from "./api.js";
import { attributeValue } from "./attributevalue.js";
import { definitionsOf } from "./definitions.js";
import { h, replace } from "./dom.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { count, moment, readable, word } from "./words.js";

const pageSize = 100;

/** The longest transaction that is shown open. */
const openUpTo = 12;

const nouns = {
  run: "Run", run_step: "Step", run_step_edge: "Dependency", run_step_field: "Field", run_inventory: "Unit",
  labor_session: "Labor session", build_requirement: "Build requirement", build_requirement_substitute: "Substitute",
  installation: "Installation", carried_installation: "Carried installation", as_built_record: "As-built record",
};

/** Columns that say nothing to a reader: they are the same in every row of the run, or count its changes. */
const silent = new Set(["org_id", "run_id", "id", "version"]);

/** The one column of all attributes is told attribute by attribute, under this and its key. */
const own = "attributes.";

/** The history below `element`. `names` gives a title for an id that a row names. */
export function historyPart(element, runId, names, stopped) {
  const list = h("div", { class: "history" });
  const more = h("div", { class: "more" });
  replace(element, list, more);
  let entries = [];
  let next = null;
  let definitions = [];

  async function page(before) {
    return get(`runs/${encodeURIComponent(runId)}/history`, { before, limit: pageSize }, stopped);
  }

  function draw() {
    const opened = new Map(Array.from(list.querySelectorAll("details[data-key]"), (each) => [each.dataset.key, each.open]));
    const focused = list.contains(document.activeElement) ? keyOf(document.activeElement) : null;
    replace(list, transactions(entries).map((each) => transaction(each, tellers(names, definitions), opened)));
    if (focused) focus(focused);
    replace(more, next && h("button", { type: "button", onclick: loadMore }, "Show older changes"));
  }

  function focus(key) {
    const entry = list.querySelector(`details[data-key="${key}"]`);
    const group = entry?.parentElement.closest("details:not([open])");
    (group ?? entry)?.querySelector("summary").focus({ preventScroll: true });
  }

  async function guarded(work) {
    try {
      await work();
    } catch (error) {
      if (error.name !== "AbortError") replace(more, problemBox(error), h("button", { type: "button", onclick: refresh }, "Try again"));
    }
  }

  const loadMore = () => guarded(async () => {
    const before = next;
    const older = await page(before);
    if (before !== next) return;
    entries = entries.concat(older.items);
    next = older.next_cursor;
    draw();
    if (older.items.length > 0) focus(entryKey(older.items[0]));
  });

  /** Fetches what is newer than what is shown. */
  const refresh = () => guarded(async () => {
    const [newest, ...defined] = await Promise.all([page(null), definitionsOf("run"), definitionsOf("run_step")]);
    definitions = defined.flat();
    const known = entries[0]?.seq ?? 0;
    const oldest = newest.items.at(-1)?.seq ?? 0;
    if (oldest > known + 1 || entries.length === 0) {
      entries = newest.items;
      next = newest.next_cursor;
    } else {
      entries = newest.items.filter((entry) => entry.seq > known).concat(entries);
    }
    draw();
  });

  return { refresh };
}

/** What tells of an entry's columns: `name(id)` a title, `label(entry, column)` what a column is called, `value(entry, side, column)` what it held. */
function tellers(name, definitions) {
  const definition = (entry, column) => definitions.find((each) => each.record === entry.table && each.key === column.slice(own.length));
  return {
    name,
    label: (entry, column) => (column.startsWith(own) ? h("bdi", {}, definition(entry, column)?.label ?? readable(column.slice(own.length))) : readable(column)),
    value: (entry, side, column) => (column.startsWith(own)
      ? attributeValue(definition(entry, column), held(entry[side], column)) : value(column, entry[side]?.[column], name)),
  };
}

function held(row, column) {
  return column.startsWith(own) ? row?.attributes?.[column.slice(own.length)] : row?.[column];
}

function transactions(entries) {
  const grouped = [];
  for (const entry of entries) {
    if (grouped.at(-1)?.[0].transaction === entry.transaction) grouped.at(-1).push(entry);
    else grouped.push([entry]);
  }
  return grouped;
}

function transaction(entries, tell, opened) {
  const [first] = entries;
  const key = `transaction ${first.transaction}`;
  const head = h("p", { class: "head" },
    h("b", {}, first.actor_name ?? first.actor), " ", moment(first.at),
    h("span", { class: "fine" }, first.via === "service" ? null : ` via ${first.via}`),
    first.reason && h("span", { class: "reason" }, `“${first.reason}”`));
  const lines = h("ul", {}, entries.map((each) => line(each, tell, opened)));
  if (entries.length <= openUpTo) return h("section", { class: "transaction" }, head, lines);
  return h("section", { class: "transaction" }, head,
    h("details", { "data-key": key, open: opened.get(key) }, h("summary", {}, `${count(entries.length, "change")} in one transaction`), lines));
}

function entryKey(entry) {
  return `entry ${entry.seq}`;
}

function keyOf(element) {
  return element.closest("details[data-key]")?.dataset.key ?? null;
}

function line(entry, tell, opened) {
  const key = entryKey(entry);
  const changes = changed(entry);
  return h("li", {}, h("details", { "data-key": key, open: opened.get(key) },
    h("summary", {}, h("span", { class: "seq" }, entry.seq), h("span", {}, sentence(entry, changes, tell))),
    h("div", { class: "detail" },
      h("div", { class: "wide" }, h("table", {},
        h("thead", {}, h("tr", {}, ["What", "Before", "After"].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, changes.map((column) => h("tr", {},
          h("th", { scope: "row" }, tell.label(entry, column)),
          h("td", {}, tell.value(entry, "before", column)),
          h("td", {}, tell.value(entry, "after", column))))))),
      h("p", { class: "fine" }, `Transaction ${entry.transaction}`, entry.request_id && ` · request ${entry.request_id}`, ` · role ${entry.role}`),
      h("p", { class: "fine" }, "Chain digest ", h("code", { class: "digest" }, entry.digest)))));
}

/** The columns that an entry changed, or that it set when it added the row. */
function changed({ before, after }) {
  const columns = Object.keys(after ?? before).filter((name) => !silent.has(name)).flatMap((name) => (name === "attributes"
    ? Object.keys({ ...before?.attributes, ...after?.attributes }).map((key) => own + key) : name));
  if (before && after) return columns.filter((name) => JSON.stringify(held(before, name)) !== JSON.stringify(held(after, name)));
  return columns.filter((name) => !isEmpty(held(after ?? before, name)));
}

function isEmpty(content) {
  return content === null || content === undefined || content === "" || (Array.isArray(content) && content.length === 0);
}

function sentence(entry, changes, tell) {
  const row = entry.after ?? entry.before;
  const noun = nouns[entry.table] ?? readable(entry.table);
  const subject = row.title ?? row.name ?? tell.name(row.run_step_id) ?? tell.name(row.build_requirement_id) ?? tell.name(row.downstream_id);
  const what = [h("b", {}, noun), subject && ` ${subject}`];
  if (entry.operation === "insert") return [what, " added"];
  if (entry.operation === "delete") return [what, " removed"];
  // The column that people look for says it all; the others stand in the table.
  const main = ["state", "value", "completed_at", "ended_at", "removed_at", "live"].find((name) => changes.includes(name)) ?? changes[0];
  if (main === undefined) return [what, " changed"];
  if (main === "live") return [what, row.live ? " is on this run" : " is off this run: it can be used elsewhere"];
  const label = tell.label(entry, main);
  return [what, ": ", main.startsWith(own) ? label : label.toLowerCase(), " ",
    !isEmpty(held(entry.before, main)) && [tell.value(entry, "before", main), " → "], h("b", {}, tell.value(entry, "after", main))];
}

function value(name, content, names) {
  if (isEmpty(content)) return "—";
  if (name === "state" || name === "status") return word(content);
  if (typeof content === "boolean") return content ? "yes" : "no";
  if (name.endsWith("_at") && typeof content === "string") return moment(content);
  if (Array.isArray(content)) return content.join(", ");
  if (typeof content === "object") return JSON.stringify(content);
  if (name.endsWith("_by") && typeof content === "string") return person(content);
  if (name === "user_id") return person(`user:${content}`);
  return names(content) ?? String(content);
}
