// The steps of a run: nested, in display order, each with its state, whether it can be worked on, and what it waits for.

import { get } from "./api.js";
import { attributeList } from "./attributevalue.js";
import { definitionsOf } from "./definitions.js";
import { h, replace, s } from "./dom.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { valuesTable } from "./recorded.js";
import { badge, count, duration, moment, shape, word } from "./words.js";

/** A run's progress as a bar and in words, from its counters; `noun` is left out where a column's head says it. */
export function progress(run, noun = "step") {
  const total = run.steps_total;
  const done = run.steps_completed;
  const canceled = run.steps_canceled ?? 0;
  const width = (steps) => (total === 0 ? 0 : (100 * steps) / total);
  return h("span", { class: "progress" },
    s("svg", { class: "meter", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      s("rect", { class: "track", width: 100, height: 10 }),
      s("rect", { class: "is-canceled", x: width(done), width: width(canceled), height: 10 }),
      s("rect", { class: "is-completed", width: width(done), height: 10 })),
    h("span", {}, `${done} of ${noun ? `${count(total, noun)} done` : total}`, canceled > 0 && `, ${canceled} canceled`));
}

/** Steps with their number in the display order ("2.1.3") and their nested steps. */
export function numbered(steps) {
  const nested = new Map();
  for (const step of steps) {
    const siblings = nested.get(step.parent_id) ?? [];
    siblings.push(step);
    nested.set(step.parent_id, siblings);
  }
  const below = (parent, prefix) => (nested.get(parent) ?? [])
    .sort((one, other) => one.position - other.position)
    .map((step, index) => {
      const number = `${prefix}${index + 1}`;
      return { step, number, nested: below(step.id, `${number}.`) };
    });
  return below(null, "");
}

/** All nodes of the tree in display order. */
export function flattened(nodes) {
  return nodes.flatMap((node) => [node, ...flattened(node.nested)]);
}

/** The list of steps below `element`. `show(run)` redraws the steps that changed and leaves the others alone. */
export function stepsPart(element, stopped) {
  const items = new Map();
  const summary = h("div", { class: "now" });
  const list = h("div", {});
  replace(element, summary, list);
  let order = null;

  return {
    show(run) {
      const tree = numbered(run.steps);
      const all = flattened(tree);
      const numbers = new Map(all.map((node) => [node.step.id, node.number]));
      const place = (id) => ({ href: `#/runs/${run.id}/step-${id}`, number: numbers.get(id) });
      showSummary(summary, all, place);
      const wanted = all.map((node) => `${node.step.id} ${node.number}`).join();
      if (wanted !== order) {
        items.clear();
        replace(list, tree.length > 0 ? branch(tree, items, stopped) : h("p", { class: "empty" }, "This run has no steps."));
        order = wanted;
      }
      for (const node of all) items.get(node.step.id).show(node, place);
    },
  };
}

function showSummary(element, all, place) {
  const ready = all.filter(({ step }) => step.available);
  const shown = ready.slice(0, 8);
  replace(element, ready.length > 0 && [
    h("h3", {}, shape("ready"), `${count(ready.length, "step")} available now`),
    h("ul", { class: "chips" }, shown.map(({ step, number }) =>
      h("li", {}, h("a", { class: "chip", href: `#/steps/${step.id}` }, shape(step.state), h("b", {}, number), step.title)))),
    ready.length > shown.length && h("p", { class: "fine" }, `and ${ready.length - shown.length} more`)]);
}

function branch(nodes, items, stopped) {
  return h("ol", { class: "steps" }, nodes.map((node) => {
    const item = stepItem(node.step.id, stopped);
    items.set(node.step.id, item);
    return h("li", { id: `step-${node.step.id}`, tabindex: "-1" }, item.element, node.nested.length > 0 && branch(node.nested, items, stopped));
  }));
}

function stepItem(id, stopped) {
  const head = h("summary", {});
  const waits = h("div", { class: "waits" });
  const detail = h("div", { class: "detail" });
  const box = h("details", { ontoggle: () => box.open && load() }, head, detail);
  const work = h("div", { class: "to-work" });
  const element = h("div", { class: "step" }, box, waits, work);
  let shown = null;
  let loaded = null;

  async function load() {
    if (loaded === shown) return;
    loaded = shown;
    if (detail.childElementCount === 0) replace(detail, h("p", { class: "busy" }, "Loading …"));
    try {
      const [step, definitions] = await Promise.all([get(`steps/${encodeURIComponent(id)}`, {}, stopped), definitionsOf("run_step")]);
      replace(detail, stepDetail(step, definitions));
    } catch (error) {
      loaded = null;
      if (error.name !== "AbortError") replace(detail, problemBox(error));
    }
  }

  return {
    element,
    show({ step, number }, place) {
      const now = JSON.stringify([step, number, step.blockers.map((each) => place(each.blocking_step_id).number)]);
      if (now === shown) return;
      shown = now;
      element.className = `step is-${step.state}`;
      replace(head, stepHead(step, number));
      replace(waits, step.blockers.length > 0 && h("p", {}, shape("waiting"), "Waits for ",
        step.blockers.map((blocker, index) => [index > 0 && ", ", blockerLink(blocker, place)])));
      replace(work, step.available && h("a", { class: "button go", href: `#/steps/${step.id}`, "aria-label": `${begin(step)} ${number} ${step.title}` }, begin(step)));
      if (box.open) load();
    },
  };
}

function begin(step) {
  return step.state === "todo" ? "Start work" : "Go on with it";
}

function blockerLink(blocker, place) {
  const { href, number } = place(blocker.blocking_step_id);
  return [blocker.kind === "parent" && "its parent ", h("a", { href }, number, " ", blocker.title), ` (${word(blocker.state).toLowerCase()})`];
}

function stepHead(step, number) {
  const facts = [
    step.location,
    step.required ? null : "optional",
    step.fields_total > 0 ? `${step.fields_filled} of ${count(step.fields_total, "field")} filled` : null,
  ].filter(Boolean);
  return [
    h("span", { class: "number" }, number),
    h("span", { class: "what" },
      h("span", { class: "title" }, step.title),
      h("span", { class: "fine" }, facts.join(" · "), stepTimes(step, facts.length > 0))),
    h("span", { class: "state" }, badge(step.state), step.available && step.state === "todo" && badge("ready")),
  ];
}

function stepTimes(step, follows) {
  const dot = follows && " · ";
  if (step.completed_at) return [dot, "done ", moment(step.completed_at), step.completed_by && [" by ", person(step.completed_by)]];
  return step.started_at && [dot, "started ", moment(step.started_at)];
}

function stepDetail(step, definitions) {
  return [
    h("p", {}, h("a", { class: "button", href: `#/steps/${step.id}` }, "Open this step")),
    step.instructions && h("p", { class: "instructions" }, step.instructions),
    attributeList(definitions, step.attributes),
    step.fields.length > 0 && valuesTable(step.fields),
    step.sessions.length > 0 && h("p", {}, h("b", {}, "Worked on by "), step.sessions.map((each, index) =>
      [index > 0 && "; ", each.user_name, ", ", sessionTime(each)])),
  ];
}

function sessionTime(session) {
  if (!session.ended_at) return ["since ", moment(session.started_at)];
  return duration((new Date(session.ended_at) - new Date(session.started_at)) / 1000);
}
