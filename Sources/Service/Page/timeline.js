// The timeline (H5): what is planned in a window of time, and beside it what is not planned.

import { get } from "./api.js";
import { around, windowOf, windowText, zoomOf, zoomed, moved, zooms } from "./axis.js";
import { chart } from "./chart.js";
import { announce, h, region, replace } from "./dom.js";
import { timelineFilters } from "./filters.js";
import { follow } from "./follow.js";
import { loadRow } from "./loadrow.js";
import { may } from "./me.js";
import { runRow } from "./runrow.js";
import { badge, count, moment } from "./words.js";

const pageSize = 100;
const openPageSize = 50;
/** How long the window stays where it is before the service is asked what is in it, in milliseconds. */
const settled = 220;

/** The timeline of the window (`from`, `to`) and the filters that the address names. */
export function timelineView(path, query) {
  const stopped = new AbortController();
  const filters = timelineFilters(query, stopped.signal, () => {
    remember();
    following.now();
  });
  const rows = new Map();
  const load = loadRow(stopped.signal);
  const picked = new Set();
  let pages = 1;
  let openPages = 1;
  let choosing = false;
  let timer = null;
  let asked = 0;

  const zoomButtons = zooms.map(([name, label]) => h("button", { type: "button", class: "chip", "data-zoom": name, onclick: () => drawing.go(windowOf(name, centre(name))) }, label));
  const title = h("p", { class: "chart-window" });
  const chooser = h("button", { type: "button", "aria-pressed": "false", onclick: toggleChoosing }, "Choose runs to plan");
  const pickedBar = h("div", { class: "chart-picked" });
  const empty = h("div", {});
  const more = h("div", { class: "more" });
  const aside = region(h("aside", { class: "unplanned", "aria-label": "Not planned" }), unplanned);
  const drawing = chart({ name: "Timeline", corner: "Run", shown: windowFrom(query), changed: moveTo });
  const step = (label, text, act) => h("button", { type: "button", class: "chart-step-button", "aria-label": label, onclick: act }, text);
  const element = h("div", { class: "timeline" },
    h("div", { class: "timeline-head" },
      h("h1", { tabindex: "-1" }, "Timeline"), title,
      h("div", { class: "chips", role: "group", "aria-label": "How much is shown" }, zoomButtons),
      h("div", { class: "chart-moves", role: "group", "aria-label": "Move" },
        step("Earlier", "←", () => drawing.go(moved(drawing.window(), -0.5))),
        h("button", { type: "button", onclick: () => drawing.go(windowOf(zoomOf(drawing.window()) ?? "week", Date.now())) }, "Today"),
        step("Later", "→", () => drawing.go(moved(drawing.window(), 0.5))),
        step("Zoom in", "+", () => drawing.go(zoomed(drawing.window(), 0.5))),
        step("Zoom out", "−", () => drawing.go(zoomed(drawing.window(), 2))))),
    h("div", { class: "timeline-options" }, filters.element, may("run.schedule") && chooser, h("a", { class: "button", href: "#/replan" }, "Re-plan what is late"), pickedBar,
      h("a", { class: "button", href: "#/rollups" }, "Added up"), h("a", { class: "button", href: "#/centers" }, "Work centers")),
    h("div", { class: "timeline-body" }, h("div", { class: "timeline-main" }, drawing.element, empty, more), aside.element));

  // Up and down go from run to run, as they do in a list.
  drawing.element.addEventListener("keydown", (event) => {
    if (!["ArrowUp", "ArrowDown"].includes(event.key) || !event.target.matches(".chart-open, .chart")) return;
    const openers = [...drawing.element.querySelectorAll(".chart-open")];
    const next = openers[openers.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });

  /** What stays in sight when the zoom changes: now if it is in the window, else its middle. */
  function centre(name) {
    const { from, to } = drawing.window();
    const now = Date.now();
    if (now >= from && now <= to) return now;
    const [, , length] = zooms.find(([each]) => each === name);
    return (from + to) / 2 - length * 0.3;
  }

  function showWindow() {
    const shown = drawing.window();
    const zoom = zoomOf(shown);
    title.textContent = windowText(shown);
    for (const button of zoomButtons) button.setAttribute("aria-pressed", String(button.dataset.zoom === zoom));
  }

  function moveTo() {
    showWindow();
    clearTimeout(timer);
    timer = setTimeout(() => {
      pages = 1;
      remember();
      announce(windowText(drawing.window()));
      following.now();
    }, settled);
  }

  /** The address names what is shown, for a reload and for others, and the way back leads out of the timeline. */
  function remember() {
    const { from, to } = drawing.window();
    const words = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...filters.asked() });
    history.replaceState(null, "", `#/timeline?${words}`);
  }

  async function refresh() {
    asked += 1;
    const turn = asked;
    const { from, to } = drawing.window();
    const wanted = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), ...filters.asked(), limit: pageSize };
    const place = filters.place();
    const [runs, open, isLoaded] = await Promise.all([
      paged("timeline", wanted, pages), paged("timeline/unscheduled", { ...filters.asked(), limit: openPageSize }, openPages),
      place !== null && load.refresh(place.id, place.name, drawing.window()),
    ]);
    // The window has moved on since.
    if (turn !== asked) return;
    show(runs, isLoaded);
    aside.show({ items: open.items, more: open.isCut, isOn: filters.isOn() });
  }

  async function paged(path, wanted, number) {
    const items = [];
    let cursor = null;
    for (let page = 0; page < number && (page === 0 || cursor !== null); page += 1) {
      const answer = await get(path, { ...wanted, cursor }, stopped.signal);
      items.push(...answer.items);
      cursor = answer.next_cursor;
    }
    return { items, isCut: cursor !== null };
  }

  function show({ items, isCut }, isLoaded) {
    for (const run of items) {
      if (!rows.has(run.id)) rows.set(run.id, runRow(run.id, { stopped: stopped.signal, toggled: () => drawing.redraw(), zoom: (moments) => drawing.go(around(moments)), changed: () => following.now(), chosen: pick }));
      const row = rows.get(run.id);
      row.show(run);
      row.choosing(choosing, picked.has(run.id));
      if (row.isOpen()) row.refresh();
    }
    drawing.show([...(isLoaded ? [load] : []), ...items.map((run) => rows.get(run.id))]);
    replace(empty, items.length === 0 && h("p", { class: "empty" }, filters.isOn() ? "No run that matches is planned in this window." : "No run is planned in this window."));
    replace(more, isCut && [h("p", { class: "fine" }, `The first ${count(items.length, "run")} by their start are shown.`), h("button", { type: "button", onclick: showMore }, "Show more runs")]);
  }

  function showMore() {
    pages += 1;
    return following.now();
  }

  function unplanned({ items, more: isMore, isOn }) {
    return [
      h("h2", {}, "Not planned", items.length > 0 && h("span", { class: "number" }, `${items.length}${isMore ? "+" : ""}`)),
      items.length === 0 ? h("p", { class: "empty" }, isOn ? "Every open run that matches is planned." : "Every open run is planned.")
        : h("ul", { class: "queue-list" }, items.map((run) => h("li", {},
          h("a", { class: `queue-row is-${run.status}`, href: `#/runs/${run.id}` },
            h("span", { class: "what" }, h("span", { class: "title" }, `${run.number} ${run.title}`),
              h("span", { class: "fine" }, [`${run.quantity} × ${run.part_number}`, run.due_at && " · due ", run.due_at && moment(run.due_at)])),
            h("span", { class: "state" }, badge(run.status))),
          may("run.schedule") && h("a", { class: "button", href: `#/plan?run=${run.id}`, "aria-label": `Plan run ${run.number}` }, "Plan it")))),
      isMore && h("div", { class: "more" }, h("p", { class: "fine" }, `The first ${items.length} by their number are shown.`),
        h("button", { type: "button", onclick: () => { openPages += 1; return following.now(); } }, "Show more")),
    ];
  }

  function toggleChoosing() {
    choosing = !choosing;
    chooser.setAttribute("aria-pressed", String(choosing));
    for (const [id, row] of rows) row.choosing(choosing, picked.has(id));
    showPicked();
  }

  function pick(id, is) {
    if (is) picked.add(id);
    else picked.delete(id);
    showPicked();
  }

  function showPicked() {
    const runs = new URLSearchParams([...picked].map((id) => ["run", id]));
    replace(pickedBar, choosing && (picked.size === 0 ? h("p", { class: "fine" }, "Tick the runs that are to be planned together.")
      : [h("a", { class: "button go", href: `#/plan?${runs}` }, `Plan ${count(picked.size, "run")}`),
        h("a", { class: "button", href: `#/replan?${runs}` }, `Re-plan ${count(picked.size, "run")}`)]));
  }

  const following = follow(refresh, stopped.signal);

  return {
    element,
    async start() {
      document.title = "Timeline · Traveler";
      showWindow();
      await filters.start();
      await refresh();
      drawing.redraw();
      following.start();
    },
    goesTo: () => false,
    stop() {
      clearTimeout(timer);
      drawing.stop();
      following.stop();
      stopped.abort();
    },
  };
}

/** The window of an address; a week from yesterday where it names none that can be. */
function windowFrom(query) {
  const [from, to] = ["from", "to"].map((name) => Date.parse(query.get(name) ?? ""));
  return to > from && to - from < 20 * 365 * 86_400_000 ? { from, to } : windowOf("week", Date.now());
}
