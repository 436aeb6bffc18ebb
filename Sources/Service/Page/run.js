// One run: what it is, its steps, what blocks it, its parts and units, its records and its history.

import { getIfChanged } from "./api.js";
import { recordsPart, unitsPart } from "./asbuilt.js";
import { blockersPart } from "./blockers.js";
import { announce, h, region, replace } from "./dom.js";
import { historyPart } from "./history.js";
import { partsPart } from "./parts.js";
import { notice } from "./problem.js";
import { progress, stepsPart } from "./steps.js";
import { badge, moment, now, partName, quantity, word } from "./words.js";

/** How often a visible page asks whether its run has changed, in milliseconds; and how often while that fails. */
const pollEvery = 10_000;
const retryEvery = 20_000;

/** The sections: name in the address, in the index, as a heading, and how many things are in it. */
const sections = [
  ["steps", "Steps", "Steps", (run) => run.steps_total],
  ["blockers", "Blockers", "What blocks completion", (run) => run.completion_blockers.length],
  ["parts", "Parts", "Parts to install", (run) => run.build_requirements.length],
  ["units", "Units", "Units, as built", (run) => run.units.length],
  ["records", "Records", "As-built records", (run) => run.as_built_records.length],
  ["history", "History", "Transaction history", () => null],
];

/** The view of a run; `place` is the section or the step that the address names. */
export function runView([id, place]) {
  const path = `runs/${encodeURIComponent(id)}`;
  const stopped = new AbortController();
  const element = h("article", { class: "run" }, h("p", { class: "busy" }, "Loading …"));
  const parts = {};
  let run = null;
  let tag = null;
  let timer = null;

  function build() {
    const boxes = Object.fromEntries(sections.map(([name]) => [name, h("div", {})]));
    const head = region(h("header", { class: "run-head" }), runHead);
    const index = region(h("nav", { class: "index", "aria-label": "Parts of this page" }), (items) => h("ul", {}, items.map(([name, short, number]) =>
      h("li", {}, h("a", { href: `#/runs/${id}/${name}` }, short, number !== null && h("span", { class: "number" }, number))))));
    const slices = {
      blockers: region(boxes.blockers, ({ of }) => blockersPart(of)),
      parts: region(boxes.parts, ({ of }) => partsPart(of)),
      units: region(boxes.units, ({ of }) => unitsPart(of, stopped.signal)),
      records: region(boxes.records, ({ of }) => recordsPart(of, stopped.signal)),
    };
    const steps = stepsPart(boxes.steps, stopped.signal);
    const history = historyPart(boxes.history, id, nameOf, stopped.signal);
    parts.checked = h("p", { class: "checked" });
    parts.show = () => {
      head.show(headOf(run));
      index.show(sections.map(([name, short, , number]) => [name, short, number(run)]));
      steps.show(run);
      slices.blockers.show({ of: { id, completed_at: run.completed_at, completion_blockers: run.completion_blockers } });
      slices.parts.show({ of: { build_requirements: run.build_requirements, steps: run.steps.map(({ id: step, title }) => ({ id: step, title })) } });
      slices.units.show({ of: { id, part: run.part, units: run.units } });
      slices.records.show({ of: { id, as_built_records: run.as_built_records } });
      history.refresh();
    };
    const sheets = Object.fromEntries(sections.map(([name, , title]) => [name,
      h("section", { id: name, class: "sheet", "aria-labelledby": `${name}-title` },
        h("h2", { id: `${name}-title`, tabindex: "-1" }, title), boxes[name])]));
    replace(element, head.element, index.element,
      h("div", { class: "sections" }, sheets.steps,
        h("div", { class: "side" }, sheets.blockers, sheets.parts, sheets.units, sheets.records), sheets.history),
      parts.checked);
  }

  /** A title for an id that a history entry names. */
  function nameOf(key) {
    if (!key) return null;
    return run.steps.find((step) => step.id === key)?.title
      ?? run.build_requirements.find((each) => each.id === key || each.part_id === key)?.part_number ?? null;
  }

  async function check() {
    const answer = await getIfChanged(path, tag, stopped.signal);
    tag = answer.tag;
    if (answer.value !== null) {
      const before = run;
      run = answer.value;
      if (before === null) build();
      parts.show();
      document.title = `Run ${run.number}, ${word(run.status).toLowerCase()} · Traveler`;
      if (before !== null && before.status !== run.status) announce(`Run ${run.number} is now ${word(run.status).toLowerCase()}`);
    }
    replace(parts.checked, `Checked ${now()}. While it is in view this page follows the run by itself.`);
  }

  async function poll() {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    let wait = pollEvery;
    try {
      await check();
      notice(null);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === 401) return;
      notice(error);
      wait = retryEvery;
    }
    if (!stopped.signal.aborted) timer = setTimeout(poll, wait);
  }

  function goTo(name) {
    place = name;
    const target = name && document.getElementById(name);
    if (!target) return;
    const focused = target.querySelector(":scope > h2") ?? target;
    target.scrollIntoView({ block: "start" });
    focused.focus({ preventScroll: true });
  }

  return {
    element,
    async start() {
      await check();
      document.addEventListener("visibilitychange", poll);
      timer = setTimeout(poll, pollEvery);
      goTo(place);
    },
    goesTo(view, [other, name]) {
      if (view !== "runs" || other !== id || run === null) return false;
      goTo(name);
      return true;
    },
    stop() {
      stopped.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", poll);
    },
  };
}

/** What the head shows of a run, and nothing else: it is drawn anew when this changes. */
function headOf(run) {
  const { steps, build_requirements, completion_blockers, units, as_built_records, version, ...head } = run;
  return { ...head, blocked: completion_blockers.length };
}

function runHead(run) {
  const fact = (name, ...content) => h("div", {}, h("dt", {}, name), h("dd", {}, content));
  return [
    h("p", { class: "crumb" }, h("a", { href: "#/runs" }, "All runs")),
    h("div", { class: "names" },
      h("h1", { tabindex: "-1" }, h("span", { class: "number" }, `Run ${run.number}`), " ", run.title),
      badge(run.status)),
    h("dl", {},
      fact("Part", partName(run.part), h("span", { class: "fine" }, run.part.name)),
      fact("Quantity", quantity(run.quantity, run.part.unit)),
      fact("Procedure", run.procedure.title, h("span", { class: "fine" }, `Version ${run.procedure.version_number}`)),
      fact("Started", moment(run.started_at, "Not yet")),
      fact("Completed", moment(run.completed_at, "Not yet"),
        !run.completed_at && run.blocked > 0 && h("a", { class: "fine", href: `#/runs/${run.id}/blockers` }, `${run.blocked} in the way`))),
    progress(run),
  ];
}
