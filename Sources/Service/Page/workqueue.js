// The queue of a work center or of a person (H6): overdue, now, next, blocked, each step with the reason why it is there.

import { get } from "./api.js";
import { announce, h, region, replace } from "./dom.js";
import { me } from "./me.js";
import { badge, count, duration, moment, shape, told } from "./words.js";

/** How many steps are asked for at once. */
const pageSize = 100;

/** The classes in the service's order, with what is said when there is nothing in one. */
const classes = [
  ["overdue", "Overdue", null],
  ["now", "Now", "Nothing is in progress here or due to start."],
  ["next", "Next", "Nothing waits to be started here."],
  ["blocked", "Blocked", null],
];

/**
 * The lists of a queue. `refresh(asked)` asks for it (`location_id`, `mine`) and shows it, with the sessions of the user
 * that stand on its steps; `scanned(text)` opens the step that a scanned number means here.
 */
export function workQueue(stopped) {
  const narrowed = h("div", { class: "queue-narrowed" });
  const lists = classes.map(([name, title, empty]) => {
    const list = region(h("div", {}), (found) => queued(found, empty));
    const number = h("span", { class: "number" });
    const heading = h("h2", {}, shape(name), title, number);
    // What can't be worked on is many times what can: it is folded away until someone wants to see it.
    const element = name === "blocked"
      ? h("details", { class: "queue-group is-blocked" }, h("summary", {}, heading), list.element)
      : h("section", { class: `queue-group is-${name}` }, heading, list.element);
    return { name, element, number, list, hides: empty === null };
  });
  const more = h("div", { class: "more" });
  const element = h("div", { class: "queue-classes" }, narrowed, lists.map((each) => each.element), more);
  let pages = 1;
  let asked = null;
  let steps = [];
  let shown = null;
  let only = null;

  function draw() {
    const { sessions, names, isCut } = shown;
    const kept = only === null ? steps : steps.filter((step) => step.run_id === only.id);
    for (const { name, element: group, number, list, hides } of lists) {
      const items = kept.filter((step) => step.class === name);
      list.show({ items: items.map((step) => ({ step, since: sessions.get(step.id) ?? null })), names: [...names] });
      number.textContent = items.length;
      group.hidden = hides && items.length === 0;
    }
    replace(narrowed, only !== null && h("p", { class: "chips" },
      h("button", { type: "button", class: "chip", onclick: () => narrow(null) }, `Only run ${only.number}`, h("span", { class: "fine" }, "Show all"))));
    replace(more, isCut && [
      h("p", { class: "fine" }, `The first ${count(steps.length, "step")} of the queue are shown. What comes after is to be done later, or blocked.`),
      h("button", { type: "button", onclick: showMore }, `Show ${pageSize} more steps`),
    ]);
  }

  function narrow(run) {
    only = run;
    draw();
    announce(run === null ? "All steps" : `Only run ${run.number}`);
  }

  async function showMore() {
    pages += 1;
    await refresh(asked, shown.sessions, shown.names);
    announce(`${count(steps.length, "step")} are shown.`);
  }

  /** The steps of the queue as far as it is shown. */
  async function load(query) {
    const items = [];
    let cursor = null;
    for (let page = 0; page < pages && (page === 0 || cursor !== null); page += 1) {
      const answer = await get("queue", { location_id: query.location_id, assigned_to: query.mine ? me().user_id : null, limit: pageSize, cursor }, stopped);
      items.push(...answer.items);
      cursor = answer.next_cursor;
    }
    return { items, isCut: cursor !== null };
  }

  async function refresh(query, sessions, names) {
    if (asked !== null && (asked.location_id !== query.location_id || asked.mine !== query.mine)) {
      only = null;
      pages = 1;
    }
    asked = query;
    const { items, isCut } = await load(query);
    steps = items;
    shown = { sessions, names, isCut };
    draw();
  }

  return {
    element,
    refresh,
    /** Whether a step of mine is in the queue as it is shown. */
    holds: (id) => steps.some((step) => step.id === id),
    async scanned(text) {
      const run = steps.find((step) => String(step.run_number) === text) ?? await runOfUnit(text, stopped);
      const ofRun = () => steps.filter((step) => step.run_id === (run?.run_id ?? null));
      // It may stand further down than is shown.
      while (run !== null && ofRun().length === 0 && shown?.isCut) await showMore();
      const found = ofRun();
      if (found.length === 0) return false;
      const workable = found.filter((step) => step.class !== "blocked");
      const [first] = workable.length > 0 ? workable : found;
      if (workable.length > 1) narrow({ id: first.run_id, number: first.run_number });
      else location.hash = `#/steps/${first.id}`;
      return true;
    },
  };
}

/** The run that builds the unit of a serial number. */
async function runOfUnit(text, stopped) {
  const { items } = await get("inventory", { serial_number: text, limit: 1 }, stopped);
  if (items.length === 0) return null;
  const unit = await get(`inventory/${encodeURIComponent(items[0].id)}`, {}, stopped);
  return unit.building_run_id ? { run_id: unit.building_run_id } : null;
}

function queued({ items, names }, empty) {
  const places = new Map(names);
  if (items.length === 0) return empty && h("p", { class: "empty" }, empty);
  return h("ol", { class: "queue-list" }, items.map(({ step, since }) => h("li", {}, row(step, since, places))));
}

function row(step, since, places) {
  return h("a", { class: `queue-row is-${step.class}`, href: `#/steps/${step.id}` },
    h("span", { class: "what" },
      h("span", { class: "title" }, step.title),
      h("span", { class: "fine" }, [`Run ${step.run_number}`, step.run_title, places.get(step.location_id),
        step.lead_time_seconds && `takes ${duration(step.lead_time_seconds)}`].filter(Boolean).join(" · ")),
      h("span", { class: "reason" }, told(step.why))),
    h("span", { class: "state" },
      since && h("span", { class: "fine" }, "you, since ", moment(since)),
      step.due_at && h("span", { class: "fine" }, "due ", moment(step.due_at)),
      badge(step.state === "todo" ? (step.available ? "ready" : "waiting") : step.state)));
}
