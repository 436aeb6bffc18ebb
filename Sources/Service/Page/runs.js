// The runs of the org: filtered by status and by attributes, sorted, found by number or title, page by page.

import { get } from "./api.js";
import { attributeFilters } from "./attributefilters.js";
import { attributeValue } from "./attributevalue.js";
import { definitionsOf } from "./definitions.js";
import { announce, h, replace } from "./dom.js";
import { may } from "./me.js";
import { badge, count, moment, partName, runStatuses, shape, word } from "./words.js";
import { progress } from "./steps.js";
import { problemBox } from "./problem.js";
import { sortChoice, sortedBy } from "./sorting.js";

const pageSize = 50;

/** The list that the query asks for: `status`, `search`, `attribute.KEY`, `sort`, and `show` with the attributes that its rows show. */
export function runsView(query) {
  const status = query.get("status") ?? "";
  const search = query.get("search") ?? "";
  let sort = query.get("sort") ?? "";
  let shown = (query.get("show") ?? "").split(",").filter((key) => key !== "");
  let definitions = [];
  let turn = 0;
  const stopped = new AbortController();
  const filters = attributeFilters("run", query, stopped.signal, narrowed);
  const statuses = h("nav", { "aria-label": "Status" });
  const own = h("div", {});
  const body = h("div", { class: "wide" });
  const more = h("div", { class: "more" });
  const title = status === "" ? "Runs" : `Runs: ${word(status).toLowerCase()}`;
  const element = h("div", { class: "runs" },
    h("h1", { tabindex: "-1" }, title),
    h("div", { class: "filters" }, findForm(), statuses, own),
    body, more);

  /** The address of the list, with what it is narrowed to by attributes and how it is sorted. */
  function address(wanted) {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...wanted, ...filters.asked(), sort, show: shown.join(",") })) {
      if (value) words.set(name, value);
    }
    return ["#/runs", words.toString()].filter((part) => part !== "").join("?");
  }

  function findForm() {
    const field = h("input", {
      type: "search", id: "search", name: "search", value: search, maxlength: 200, placeholder: "Number or title", autocomplete: "off",
    });
    const find = (event) => {
      event.preventDefault();
      location.hash = address({ status, search: field.value.trim() });
    };
    const clear = () => { location.hash = address({ status }); };
    return h("form", { role: "search", class: "find", onsubmit: find },
      h("label", { for: "search", class: "unseen" }, "Find a run by number or title"), field, h("button", { type: "submit" }, "Find"),
      search && h("button", { type: "button", onclick: clear }, "Clear"));
  }

  function showStatuses() {
    const choice = (value, text) => h("li", {},
      h("a", { href: address({ status: value, search }), class: "chip", "aria-current": value === status && "true" }, value && shape(value), text));
    replace(statuses, h("ul", { class: "chips" }, choice("", "All"), runStatuses.map((each) => choice(each, word(each)))));
  }

  /** Something else is asked for: the address says so, for a reload and for others, and the list is asked for anew. */
  function narrowed() {
    history.replaceState(null, "", address({ status, search }));
    showStatuses();
    summary();
    return load(null);
  }

  const summaryLine = h("summary", {});
  const sorting = h("select", { id: "runs-sort", onchange: () => { sort = sorting.value; narrowed(); } });
  const box = h("details", { class: "timeline-filters" }, summaryLine);

  function summary() {
    const on = Object.keys(filters.asked()).length;
    const what = [on > 0 && count(on, "filter"), sort && "sorted", shown.length > 0 && `${shown.length} shown`].filter(Boolean);
    replace(summaryLine, `Attributes: ${what.length > 0 ? what.join(", ") : "filter, sort, show"}`);
    box.classList.toggle("is-on", on > 0);
  }

  /** The attributes that rows show: those that are chosen, and what the list is sorted by. */
  function columns() {
    const keys = [...new Set([...shown, sortedBy(sort)])];
    return keys.map((key) => definitions.find((each) => each.key === key)).filter((each) => each !== undefined);
  }

  function choose(key, is) {
    shown = is ? [...shown, key] : shown.filter((each) => each !== key);
    return narrowed();
  }

  function showOwn() {
    const open = definitions.filter((each) => each.archived_at === null);
    if (open.length === 0) return replace(own);
    replace(sorting, sortChoice(open));
    sorting.value = sort;
    if (sorting.selectedIndex < 0) sorting.append(h("option", { value: sort, selected: true }, sort));
    box.append(filters.element,
      h("p", { class: "field" }, h("label", { for: "runs-sort" }, "Sort by"), sorting, h("span", { class: "fine" }, "By an attribute, runs are listed that have a value of it.")),
      h("fieldset", { class: "choices" }, h("legend", {}, "Show in the list"), open.map((each) => {
        const input = h("input", { type: "checkbox", id: `show-${each.id}`, checked: shown.includes(each.key), onchange: () => choose(each.key, input.checked) });
        return h("label", { class: "choice small" }, input, h("span", { dir: "auto" }, each.label));
      })),
      h("p", { class: "actions" }, h("button", { type: "button", onclick: clear }, "Clear all"),
        may("attribute.define") && h("a", { class: "button", href: "#/attributes?record=run" }, "Define attributes")));
    box.open = Object.keys(filters.asked()).length > 0;
    return replace(own, box);
  }

  function clear() {
    filters.clear();
    sort = sorting.value = "";
    shown = [];
    for (const each of box.querySelectorAll("input[type=checkbox]")) each.checked = false;
    return narrowed();
  }

  /** The page of the list behind a cursor; without one, the list from its beginning. */
  async function load(cursor) {
    turn += 1;
    const mine = turn;
    replace(more, h("p", { class: "busy" }, "Loading …"));
    try {
      const page = await get("runs", { status, search, ...filters.asked(), sort, limit: pageSize, cursor }, stopped.signal);
      // Something else is asked for since.
      if (mine !== turn) return;
      const extra = columns();
      if (cursor === null) replace(body, table(extra, sort));
      const rows = body.querySelector("tbody");
      const added = page.items.map((run) => row(run, extra));
      rows.append(...added);
      if (cursor !== null) added[0]?.querySelector("a").focus();
      const total = rows.childElementCount;
      announce(count(total, "run"));
      replace(more,
        total === 0 && h("p", { class: "empty" }, status || search || sort || Object.keys(filters.asked()).length > 0 ? "No run matches." : "There are no runs yet."),
        page.next_cursor && h("button", { type: "button", onclick: () => load(page.next_cursor) }, "Show more runs"));
    } catch (error) {
      if (error.name === "AbortError" || mine !== turn) return;
      replace(more, problemBox(error), h("button", { type: "button", onclick: () => load(cursor) }, "Try again"),
        error.code === "attributes_refused" && h("button", { type: "button", onclick: clear }, "Clear all"));
    }
  }

  return {
    element,
    async start() {
      document.title = `${title} · Traveler`;
      showStatuses();
      definitions = await definitionsOf("run");
      await filters.start();
      summary();
      showOwn();
      await load(null);
    },
    stop: () => stopped.abort(),
  };
}

// The roles are the table's own: a narrow screen lays the cells out as a card, which would take them away.
function table(extra, sort) {
  const column = (text, attributes = {}) => h("th", { role: "columnheader", scope: "col", ...attributes }, text);
  const direction = (definition) => sortedBy(sort) === definition.key && (sort.startsWith("-") ? "descending" : "ascending");
  return h("table", { class: extra.length > 0 ? "run-list has-own" : "run-list", role: "table" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
      column("Run"), column("What"), column("Status"), column("Steps"), column("When"),
      extra.map((each) => column(each.label, { dir: "auto", class: `own is-${each.type}`, "aria-sort": direction(each) })))),
    h("tbody", { role: "rowgroup" }));
}

function when(run) {
  if (run.completed_at) return ["completed ", moment(run.completed_at)];
  return run.started_at ? ["started ", moment(run.started_at)] : "not started";
}

function row(run, extra) {
  const cell = (name, ...children) => h("td", { role: "cell", class: name }, children);
  return h("tr", { role: "row" },
    cell("number", h("a", { href: `#/runs/${encodeURIComponent(run.id)}`, "aria-label": `Run ${run.number}, ${run.title}` }, run.number)),
    cell("what", h("span", { class: "title" }, run.title),
      h("span", { class: "fine" }, `${run.quantity} × ${partName(run)}`)),
    cell("status", badge(run.status)),
    cell("done", progress(run, null)),
    cell("started", when(run)),
    extra.map((each) => cell(`own is-${each.type}${each.key in run.attributes ? "" : " is-none"}`, h("span", { class: "own-name", "aria-hidden": "true" }, h("bdi", {}, each.label), ": "), attributeValue(each, run.attributes[each.key]))));
}
