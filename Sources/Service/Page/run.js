// One run: what it is, its steps, what blocks it, its parts and units, its records and its history.

import { write } from "./api.js";
import { recordsPart, unitsPart } from "./asbuilt.js";
import { attributesPart } from "./attributes.js";
import { planText } from "./bar.js";
import { blockersPart } from "./blockers.js";
import { announce, h, region, replace } from "./dom.js";
import { follow, record } from "./follow.js";
import { historyPart } from "./history.js";
import { laborOf, laborTotals } from "./labor.js";
import { lacks, may } from "./me.js";
import { partsPart } from "./parts.js";
import { problemBox } from "./problem.js";
import { runActsPart } from "./runacts.js";
import { splitsPart } from "./splits.js";
import { progress, stepsPart } from "./steps.js";
import { badge, moment, now, partName, quantity, word } from "./words.js";

/** The sections: name in the address, in the index, as a heading, and how many things are in it. */
const sections = [
  ["steps", "Steps", "Steps", (run) => run.steps_total],
  ["attributes", "Attributes", "Attributes", () => null],
  ["blockers", "Blockers", "What blocks completion", (run) => run.completion_blockers.length],
  ["parts", "Parts", "Parts to install", (run) => run.build_requirements.length],
  ["units", "Units", "Units, as built", (run) => run.units.length],
  ["splits", "Split off", "Units split off", (run) => run.splits.length],
  ["labor", "Labor", "Labor", () => null],
  ["records", "Records", "As-built records", (run) => run.as_built_records.length],
  ["history", "History", "Transaction history", () => null],
];

/** The view of a run; `place` is the section or the step that the address names. */
export function runView([id, place]) {
  const stopped = new AbortController();
  const element = h("article", { class: "run" }, h("p", { class: "busy" }, "Loading …"));
  const kept = record(`runs/${encodeURIComponent(id)}`, stopped.signal);
  const parts = {};
  let run = null;
  let attributesTotal = 0;

  function build() {
    const boxes = Object.fromEntries(sections.map(([name]) => [name, h("div", {})]));
    const head = region(h("header", { class: "run-head" }), runHead);
    const attributes = attributesPart({
      record: "run", owner: { run_id: id }, gates: "It is needed to complete the run.", changed: following.now, arrived: showAttributes,
      write: (given, version, waiting) => write("PUT", `runs/${encodeURIComponent(id)}/attributes`, { body: { attributes: given }, version, waiting }),
    });
    replace(boxes.attributes, attributes.element);
    const index = region(h("nav", { class: "index", "aria-label": "Parts of this page" }), (items) => h("ul", {}, items.map(([name, short, number]) =>
      h("li", {}, h("a", { href: `#/runs/${id}/${name}` }, short, number !== null && h("span", { class: "number" }, number))))));
    const showIndex = () => index.show(sections.filter(([name]) => !sheets[name].hidden).map(([name, short, , number]) => [name, short, name === "attributes" ? attributesTotal : number(run)]));
    const slices = {
      blockers: region(boxes.blockers, ({ of }) => blockersPart(of)),
      parts: region(boxes.parts, ({ of }) => partsPart(of, following.now)),
      units: region(boxes.units, ({ of }) => unitsPart(of, stopped.signal, following.now)),
      splits: region(boxes.splits, ({ of }) => splitsPart(of, following.now)),
      records: region(boxes.records, ({ of }) => recordsPart(of, stopped.signal)),
    };
    function showAttributes(total) {
      attributesTotal = total;
      sheets.attributes.hidden = total === 0 && !may("attribute.define");
      showIndex();
    }

    const steps = stepsPart(boxes.steps, stopped.signal);
    const acts = runActsPart(() => run, following.now);
    const labor = region(boxes.labor, laborTotals);
    const history = historyPart(boxes.history, id, nameOf, stopped.signal);
    parts.attributes = attributes;
    parts.checked = h("p", { class: "checked" });
    parts.show = () => {
      head.show(headOf(run));
      showIndex();
      steps.show(run);
      slices.blockers.show({ of: { id, completed_at: run.completed_at, completion_blockers: run.completion_blockers, completion_warnings: run.completion_warnings } });
      slices.parts.show({ of: { id, number: run.number, completed_at: run.completed_at, units: run.units, build_requirements: run.build_requirements, steps: run.steps.map(({ id: step, title }) => ({ id: step, title })) } });
      // What is installed is part of what the units show.
      slices.units.show({ of: { id, completed_at: run.completed_at, part: run.part, units: run.units }, installed: run.build_requirements.map((each) => [each.quantity_installed, each.quantity_carried]) });
      const { number, version, status, quantity: amount, completed_at, part, units, splits } = run;
      slices.splits.show({ of: { id, number, version, status, quantity: amount, completed_at, part, units, splits } });
      slices.records.show({ of: { id, as_built_records: run.as_built_records } });
      parts.shown = attributes.show({ attributes: run.attributes, version: run.version, reason: run.completed_at ? "The run is completed: its attributes stay as they are." : lacks("run.update") });
      acts.show(run);
      showLabor(labor);
      history.refresh();
    };
    const sheets = Object.fromEntries(sections.map(([name, , title]) => [name,
      h("section", { id: name, class: "sheet", "aria-labelledby": `${name}-title` },
        h("h2", { id: `${name}-title`, tabindex: "-1" }, title), boxes[name])]));
    sheets.attributes.hidden = true;
    replace(element, head.element, acts.element, index.element,
      h("div", { class: "sections" }, sheets.steps,
        h("div", { class: "side" }, sheets.attributes, sheets.blockers, sheets.parts, sheets.units, sheets.splits, sheets.labor, sheets.records), sheets.history),
      parts.checked);
  }

  /** A title for an id that a history entry names. */
  function nameOf(key) {
    if (!key) return null;
    return run.steps.find((step) => step.id === key)?.title
      ?? run.build_requirements.find((each) => each.id === key || each.part_id === key)?.part_number ?? null;
  }

  /** The labor on the run is no part of its document: it is asked for when that has changed. */
  async function showLabor(totals) {
    try {
      totals.show(await laborOf(id, stopped.signal));
    } catch (error) {
      if (error.name !== "AbortError") replace(totals.element, problemBox(error));
    }
  }

  async function check() {
    if (await kept.check()) {
      const before = run;
      run = kept.value;
      if (before === null) build();
      parts.show();
      document.title = `Run ${run.number}, ${word(run.status).toLowerCase()} · Traveler`;
      if (before !== null && before.status !== run.status) announce(`Run ${run.number} is now ${word(run.status).toLowerCase()}`);
    } else parts.attributes.follow();
    replace(parts.checked, `Checked ${now()}. While it is in view this page follows the run by itself.`);
  }

  const following = follow(check, stopped.signal);

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
      following.start();
      await parts.shown;
      goTo(place);
    },
    goesTo(view, [other, name]) {
      if (view !== "runs" || other !== id || run === null) return false;
      goTo(name);
      return true;
    },
    unsaved: () => run !== null && parts.attributes.hasUnsaved(),
    stop() {
      following.stop();
      stopped.abort();
    },
  };
}

/** The address of the timeline where a run is planned, with as much room around it. */
function onTimeline({ effective_start, effective_end }) {
  const [from, to] = [effective_start ?? effective_end, effective_end ?? effective_start].map((time) => Date.parse(time));
  const room = Math.max((to - from) / 2, 12 * 3_600_000);
  return `#/timeline?${new URLSearchParams({ from: new Date(from - room).toISOString(), to: new Date(to + room).toISOString() })}`;
}

/** What the head shows of a run, and nothing else: it is drawn anew when this changes. */
function headOf(run) {
  const { steps, build_requirements, completion_blockers, completion_warnings, units, splits, as_built_records, acts, attributes, version, ...head } = run;
  return { ...head, blocked: completion_blockers.length };
}

function runHead(run) {
  const fact = (name, ...content) => h("div", {}, h("dt", {}, name), h("dd", {}, content));
  const assigned = run.assignments.filter((each) => each.run_step_id === null).map((each) => each.name);
  return [
    h("p", { class: "crumb" }, h("a", { href: "#/runs" }, "All runs")),
    h("div", { class: "names" },
      h("h1", { tabindex: "-1" }, h("span", { class: "number" }, `Run ${run.number}`), " ", run.title),
      badge(run.status)),
    h("dl", {},
      fact("Part", partName(run.part), h("span", { class: "fine" }, run.part.name)),
      fact("Quantity", quantity(run.quantity, run.part.unit)),
      run.procedure
        ? fact("Procedure", run.procedure.title, h("span", { class: "fine" }, `Version ${run.procedure.version_number}`))
        : fact("Procedure", "None", h("span", { class: "fine" }, "Built as it flies")),
      run.batch && fact("Batch", h("a", { href: `#/batches/${run.batch.id}` }, run.batch.number), run.batch.title !== `Batch ${run.batch.number}` && h("span", { class: "fine" }, run.batch.title)),
      (run.schedule.effective_start || run.schedule.effective_end) && fact("Planned", planText(run.schedule.effective_start, run.schedule.effective_end), h("a", { class: "fine", href: onTimeline(run.schedule) }, "On the timeline")),
      run.schedule.due_at && fact("Due", moment(run.schedule.due_at)),
      assigned.length > 0 && fact("Assigned to", assigned.join(", ")),
      fact("Started", moment(run.started_at, "Not yet")),
      fact("Completed", moment(run.completed_at, "Not yet"),
        !run.completed_at && run.blocked > 0 && h("a", { class: "fine", href: `#/runs/${run.id}/blockers` }, `${run.blocked} in the way`))),
    progress(run),
  ];
}
