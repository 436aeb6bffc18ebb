// The runs of the org: filtered by status, found by number or title, page by page.

import { get } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { badge, count, moment, partName, runStatuses, shape, word } from "./words.js";
import { progress } from "./steps.js";
import { problemBox } from "./problem.js";

const pageSize = 50;

/** The list that the query (`status`, `search`) asks for. */
export function runsView(query) {
  const status = query.get("status") ?? "";
  const search = query.get("search") ?? "";
  const stopped = new AbortController();
  const rows = h("tbody", { role: "rowgroup" });
  const more = h("div", { class: "more" });
  const title = status === "" ? "Runs" : `Runs: ${word(status).toLowerCase()}`;
  const element = h("div", { class: "runs" },
    h("h1", { tabindex: "-1" }, title), filters(status, search), table(rows), more);

  async function load(cursor) {
    replace(more, h("p", { class: "busy" }, "Loading …"));
    try {
      const page = await get("runs", { status, search, limit: pageSize, cursor }, stopped.signal);
      const added = page.items.map(row);
      rows.append(...added);
      if (cursor !== null) added[0]?.querySelector("a").focus();
      const shown = rows.childElementCount;
      announce(count(shown, "run"));
      replace(more,
        shown === 0 && h("p", { class: "empty" }, status || search ? "No run matches." : "There are no runs yet."),
        page.next_cursor && h("button", { type: "button", onclick: () => load(page.next_cursor) }, "Show more runs"));
    } catch (error) {
      if (error.name === "AbortError") return;
      replace(more, problemBox(error), h("button", { type: "button", onclick: () => load(cursor) }, "Try again"));
    }
  }

  return {
    element,
    async start() {
      document.title = `${title} · Traveler`;
      await load(null);
    },
    stop: () => stopped.abort(),
  };
}

function address(status, search) {
  const query = new URLSearchParams();
  if (status) query.set("status", status);
  if (search) query.set("search", search);
  return ["#/runs", query.toString()].filter((part) => part !== "").join("?");
}

function filters(status, search) {
  const field = h("input", {
    type: "search", id: "search", name: "search", value: search, maxlength: 200, placeholder: "Number or title", autocomplete: "off",
  });
  const find = (event) => {
    event.preventDefault();
    location.hash = address(status, field.value.trim());
  };
  const choice = (value, text) => h("li", {},
    h("a", { href: address(value, search), class: "chip", "aria-current": value === status && "true" }, value && shape(value), text));
  return h("div", { class: "filters" },
    h("form", { role: "search", class: "find", onsubmit: find },
      h("label", { for: "search", class: "unseen" }, "Find a run by number or title"), field, h("button", { type: "submit" }, "Find"),
      search && h("a", { href: address(status, ""), class: "button" }, "Clear")),
    h("nav", { "aria-label": "Status" }, h("ul", { class: "chips" },
      choice("", "All"), runStatuses.map((each) => choice(each, word(each))))));
}

// The roles are the table's own: a narrow screen lays the cells out as a card, which would take them away.
function table(rows) {
  const column = (text) => h("th", { role: "columnheader", scope: "col" }, text);
  return h("table", { class: "run-list", role: "table" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
      column("Run"), column("What"), column("Status"), column("Steps"), column("When"))),
    rows);
}

function when(run) {
  if (run.completed_at) return ["completed ", moment(run.completed_at)];
  return run.started_at ? ["started ", moment(run.started_at)] : "not started";
}

function row(run) {
  const cell = (name, ...children) => h("td", { role: "cell", class: name }, children);
  return h("tr", { role: "row" },
    cell("number", h("a", { href: `#/runs/${encodeURIComponent(run.id)}`, "aria-label": `Run ${run.number}, ${run.title}` }, run.number)),
    cell("what", h("span", { class: "title" }, run.title),
      h("span", { class: "fine" }, `${run.quantity} × ${partName(run)}`)),
    cell("status", badge(run.status)),
    cell("done", progress(run, null)),
    cell("started", when(run)));
}
