// My work: what I am on, and what there is to do: the queue of my work center or mine, or what can be worked on anywhere.

import { get, getAll } from "./api.js";
import { h, region, replace } from "./dom.js";
import { follow } from "./follow.js";
import { me } from "./me.js";
import { workQueue } from "./workqueue.js";
import { badge, count, moment } from "./words.js";

/** The work center that this device stands at, and whether only what is assigned to its user is shown. */
const rememberedPlace = "traveler.work-center";
const rememberedWhose = "traveler.work-whose";
const atOnce = 30;

/** The groups over all work centers: heading, what the steps of it have in common, what to say when there is none. */
const groups = [
  ["mine", "You are on", null, null],
  ["now", "Now: in progress", { state: "in_progress" }, null],
  ["ready", "Next: ready to start", { state: "todo", available: true }, "Nothing is ready to start here."],
  ["hold", "On hold", { state: "hold" }, null],
  ["failed", "Failed", { state: "failed" }, null],
];

/** The queue of the work center that the address names (`location_id`), else of the one that this device stands at. */
export function queueView(path, query) {
  const stopped = new AbortController();
  const places = h("select", { id: "work-center", onchange: choose }, h("option", { value: "" }, "All work centers"));
  const whose = h("select", { id: "work-whose", onchange: choose },
    h("option", { value: "" }, "Everyone's"), h("option", { value: "mine" }, "Assigned to me"));
  const about = h("a", { class: "button", hidden: true }, "Its calendar");
  const waiting = h("div", {});
  const queue = workQueue(stopped.signal);
  const lists = new Map(groups.map(([name, title, , empty]) => [name, region(h("section", { class: "queue-group" }), (found) => group(title, empty, found))]));
  const body = h("div", { class: "queue-classes" });
  const element = h("div", { class: "queue" },
    h("div", { class: "names" }, h("h1", { tabindex: "-1" }, "My work"),
      h("p", { class: "at" }, h("label", { for: "work-whose" }, "Whose work"), whose),
      h("p", { class: "at" }, h("label", { for: "work-center" }, "Work center"), places), about),
    lists.get("mine").element, body);
  let names = new Map();

  function choose() {
    localStorage.setItem(rememberedPlace, places.value);
    localStorage.setItem(rememberedWhose, whose.value);
    arrange();
    return following.now();
  }

  /** A queue is of a work center or of a person (H6): with neither chosen, what can be worked on is listed by its state. */
  const isQueue = () => places.value !== "" || whose.value !== "";

  function arrange() {
    about.hidden = places.value === "";
    about.href = `#/centers/${places.value}`;
    replace(waiting, waitingButton());
    replace(body, isQueue() ? queue.element : [[...lists.values()].slice(1).map((each) => each.element), waiting]);
  }

  const waitingButton = () => h("p", { class: "more" }, h("button", { type: "button", onclick: showWaiting }, "Show what is blocked"));

  /** What can't be worked on is many times what can: it is asked for when someone wants to see it. */
  async function showWaiting() {
    const region_ = h("section", { class: "queue-group" });
    const page = await steps({ state: "todo", available: false });
    replace(region_, group("Blocked: waits for other steps", "Nothing waits here.", { items: page.items.map((step) => ({ step })), more: page.next_cursor !== null, names: [...names] }));
    replace(waiting, region_);
    region_.querySelector("a")?.focus();
  }

  const steps = (query) => get("steps", {
    ...query, location_id: places.value, assigned_to: whose.value && me().user_id, limit: atOnce,
  }, stopped.signal);

  async function refresh() {
    const sessions = await get("sessions", { user_id: me().user_id, open: true, limit: atOnce }, stopped.signal);
    const since = new Map(sessions.items.map((session) => [session.run_step_id, session.started_at]));
    await (isQueue() ? refreshQueue(since) : refreshLists(since));
  }

  /** In the queue a step stands where it belongs, mine too; what I am on elsewhere is folded away above it. */
  async function refreshQueue(since) {
    await queue.refresh({ location_id: places.value, mine: whose.value !== "" }, since, names);
    const others = await Promise.all([...since.keys()].filter((id) => !queue.holds(id)).map(elsewhere));
    lists.get("mine").show({
      items: [], away: others.filter((step) => step.state === "in_progress").map((step) => ({ step, since: since.get(step.id) })),
      more: false, names: [...names],
    });
  }

  async function refreshLists(since) {
    const pages = await Promise.all(groups.slice(1).map(([, , query]) => steps(query)));
    const here = new Map(pages.flatMap((page) => page.items).map((step) => [step.id, step]));
    // What I am on may be elsewhere than here: that comes after, and folded away.
    const mine = await Promise.all([...since.keys()].map(async (id) => here.get(id) ?? elsewhere(id)));
    const items = mine.filter((step) => step.state === "in_progress").map((step) => ({ step, since: since.get(step.id) }));
    lists.get("mine").show({
      items: items.filter(({ step }) => here.has(step.id)), away: items.filter(({ step }) => !here.has(step.id)), more: false, names: [...names],
    });
    groups.slice(1).forEach(([name], index) => {
      const items = pages[index].items.filter((step) => !since.has(step.id)).map((step) => ({ step }));
      lists.get(name).show({ items, more: pages[index].next_cursor !== null, names: [...names] });
    });
  }

  const known = new Map();
  async function elsewhere(id) {
    const step = await get(`steps/${encodeURIComponent(id)}`, {}, stopped.signal);
    if (!known.has(step.run_id)) known.set(step.run_id, await get(`runs/${encodeURIComponent(step.run_id)}`, {}, stopped.signal));
    const run = known.get(step.run_id);
    return { ...step, run_number: run.number, run_title: run.title };
  }

  const following = follow(refresh, stopped.signal);

  return {
    element,
    async start() {
      document.title = "My work · Traveler";
      const items = await getAll("locations", { work_center: true }, stopped.signal);
      names = new Map(items.map((each) => [each.id, each.name]));
      places.append(...items.filter((each) => each.archived_at === null).map((each) => h("option", { value: each.id }, each.name)));
      whose.value = localStorage.getItem(rememberedWhose) ?? "";
      places.value = query.get("location_id") ?? localStorage.getItem(rememberedPlace) ?? "";
      if (places.selectedIndex < 0) places.value = "";
      arrange();
      await refresh();
      following.start();
    },
    goesTo: () => false,
    scanned: (text) => isQueue() && queue.scanned(text),
    stop() {
      following.stop();
      stopped.abort();
    },
  };
}

function group(title, empty, { items, away = [], more, names }) {
  const places = new Map(names);
  const list = (rows) => h("ul", { class: "queue-list" }, rows.map(({ step, since }) => h("li", {}, row(step, since, places))));
  const elsewhere = away.length > 0 && h("details", { class: "away" }, h("summary", {}, `You are on ${count(away.length, "step")} elsewhere`), list(away));
  if (items.length === 0 && empty === null) return elsewhere || [];
  return [
    h("h2", {}, title, items.length > 0 && h("span", { class: "number" }, `${items.length}${more ? "+" : ""}`)),
    items.length === 0 ? h("p", { class: "empty" }, empty)
      : list(items), elsewhere,
    more && h("p", { class: "fine" }, `The first ${count(items.length, "step")} are shown. Choose a work center, or open a run.`),
  ];
}

function row(step, since, places) {
  return h("a", { class: `queue-row is-${step.state}`, href: `#/steps/${step.id}` },
    h("span", { class: "what" },
      h("span", { class: "title" }, step.title),
      h("span", { class: "fine" }, [`Run ${step.run_number}`, step.run_title, places.get(step.location_id)].filter(Boolean).join(" · "))),
    h("span", { class: "state" },
      since ? h("span", { class: "fine" }, "you, since ", moment(since)) : step.started_at && h("span", { class: "fine" }, "since ", moment(step.started_at)),
      badge(step.state === "todo" && step.available ? "ready" : step.state === "todo" ? "waiting" : step.state)));
}
