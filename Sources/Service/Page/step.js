// A step as its worker sees it: what to do, what to enter, how to bring it forward.

import { actButton, forward, labelOf, perform, sorted } from "./acts.js";
import { approvalsPart } from "./approvals.js";
import { attributesRead } from "./attributes.js";
import { announce, h, region, replace } from "./dom.js";
import { filesPart } from "./files.js";
import { follow, record } from "./follow.js";
import { laborPart } from "./labor.js";
import { requirementsTable } from "./parts.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { siblingsBefore, together } from "./siblings.js";
import { signed } from "./sign.js";
import { flattened, numbered } from "./steps.js";
import { valuesTable } from "./recorded.js";
import { valuesForm } from "./values.js";
import { badge, duration, moment, shape, word } from "./words.js";

/** How much of what still blocks a run is told here; the others are counted. */
const toldAtMost = 6;

/** The view of a step. */
export function stepView([id]) {
  const path = `steps/${encodeURIComponent(id)}`;
  const stopped = new AbortController();
  const element = h("article", { class: "work" }, h("p", { class: "busy" }, "Loading …"));
  const step = record(path, stopped.signal);
  let run = null;
  const outcome = h("div", { class: "outcome" });
  const form = valuesForm(id, { changed: refresh, stale: refresh });
  const regions = {
    head: region(h("header", { class: "work-head" }), head),
    instructions: region(h("section", { class: "sheet do" }), ({ instructions }) => [
      h("h2", {}, "What to do"), h("p", { class: "instructions" }, instructions || "No instructions are recorded for this step.")]),
    waits: region(h("div", {}), waits),
    bar: region(h("div", { class: "work-bar" }), bar),
    acts: region(h("section", { class: "sheet" }), (acts) => [
      h("h2", {}, "Other acts"), acts.length === 0 && h("p", { class: "empty" }, "There is nothing else to do with this step now."),
      h("div", { class: "act-list" }, acts.map((act) => actButton(act, { onclick: take })))]),
    parts: region(h("section", { class: "sheet" }), ({ of }) => [h("h2", {}, "Parts of this step"), requirementsTable(of, refresh)]),
    files: region(h("section", { class: "sheet" }), ({ of, isLive }) => filesPart(of, isLive, refresh)),
    recorded: region(h("section", { class: "sheet entries" }), ({ of, state, corrects }) => [
      h("h2", {}, "Values"), state === "todo" && h("p", { class: "fine" }, "They can be entered once the step is started."),
      valuesTable(of, corrects ? step.value : null, refresh)]),
    approvals: region(h("section", { class: "sheet" }), ({ of }) => approvalsPart(of, refresh)),
  };
  const entries = h("section", { class: "sheet entries" }, h("h2", {}, "To enter"), form.element);
  const attributes = attributesRead("run_step", h("h2", {}, "Attributes"), "The attributes of a step change by a redline only.");
  const labor = laborPart(() => step.value, refresh);

  function build() {
    const main = h("div", { class: "work-main" }, regions.waits.element, regions.instructions.element, entries, regions.recorded.element, regions.approvals.element);
    const side = h("aside", { class: "work-side", "aria-label": "Parts, people, other acts" },
      regions.parts.element, attributes.element, labor.element, regions.files.element, regions.acts.element);
    replace(element, regions.head.element, outcome, h("div", { class: "work-columns" }, main, side), regions.bar.element);
  }

  function show() {
    const now = step.value;
    const all = flattened(numbered(run.value.steps));
    const place = all.findIndex((node) => node.step.id === id);
    const acts = sorted(now.acts);
    // Of a completed step only what went stale is given again.
    const entered = now.state === "in_progress" ? now.fields : now.fields.filter((field) => field.stale);
    regions.head.show({
      step: pick(now, ["title", "state", "attempt", "required", "held_from", "state_reason", "state_changed_at", "state_changed_by",
        "completed_at", "completed_by", "started_at", "lead_time_seconds"]),
      run: pick(run.value, ["id", "number", "title", "status"]),
      assigned: run.value.assignments.filter((each) => each.run_step_id === id).map((each) => each.name),
      location: all[place]?.step.location ?? null, batch: isSibling() ? run.value.batch : null, number: all[place]?.number ?? "", at: place + 1, of: all.length,
      before: link(all[place - 1]), after: link(all[place + 1]), here: id,
    });
    regions.waits.show(now.state === "todo" || now.state === "in_progress" ? now.blockers : []);
    regions.instructions.show({ instructions: now.instructions });
    const main = acts.filter((act) => forward.includes(act.act));
    regions.bar.show({ acts: main, next: nextOf(all, place), state: now.state, isParent: all[place]?.nested.length > 0, isStale: isStale(now), run: pick(run.value, ["id", "number", "status", "completed_at"]) });
    regions.acts.show(acts.filter((act) => !forward.includes(act.act)));
    const needs = run.value.build_requirements.filter((each) => each.run_step_id === id);
    regions.parts.show({ of: { ...pick(run.value, ["id", "number", "units", "completed_at"]), build_requirements: needs } });
    regions.parts.element.hidden = needs.length === 0;
    entries.hidden = entered.length === 0;
    form.show({ ...now, fields: entered });
    regions.recorded.element.hidden = now.state === "in_progress" || now.fields.length === 0;
    regions.recorded.show({
      of: now.fields, state: now.state, deviations: now.deviations, corrects: now.state === "completed" && run.value.completed_at === null,
    });
    regions.approvals.show({ of: pick(now, ["id", "state", "version", "approvals"]) });
    regions.approvals.element.hidden = now.approvals.length === 0;
    labor.show(now);
    attributes.show(now.attributes).catch((error) => replace(outcome, problemBox(error)));
    regions.files.show({ of: pick(now, ["id", "attachments"]), isLive: run.value.completed_at === null });
    document.title = `${all[place]?.number ?? ""} ${now.title}, ${word(now.state).toLowerCase()} · Traveler`;
  }

  /** Asks for the step and its run, and shows what has changed. */
  async function refresh() {
    const changed = await Promise.all([step.check(), run.check()]);
    if (changed.includes(true)) show();
  }

  /** Whether what is done here is done in the other runs of a batch too (K3). */
  const isSibling = () => run.value.batch !== null && run.value.steps.find((each) => each.id === id)?.sibling_id !== null;

  /** Does an act of the step, once what was typed is saved. */
  async function take(act) {
    replace(outcome);
    try {
      if (act.act === "complete" && !(await form.settled())) return announce("Not everything is saved yet.");
      const extra = together(act.act === "restore" ? all() : null, isSibling() ? await siblingsBefore(id, act.act) : null);
      const answer = await perform(act, { path, version: step.value.version, name: step.value.title, extra, waiting: () => announce("No answer yet. Trying again.") });
      if (answer === null) return;
      announce(`${labelOf(act.act)}: done`);
      await refresh();
      tell(act, answer);
    } catch (error) {
      await refresh().catch(() => {});
      replace(outcome, problemBox(error));
      outcome.scrollIntoView({ block: "center" });
    }
  }

  /** Gives a sign-off again that a correction made stale (S13). */
  async function signAgain() {
    replace(outcome);
    try {
      if (await signed("POST", `${path}/sign`, { version: step.value.version }) !== null) announce("Signed off again");
      await refresh();
    } catch (error) {
      await refresh().catch(() => {});
      replace(outcome, problemBox(error));
    }
  }

  /** What came of an act that concerns more than the step. */
  function tell(act, answer) {
    const { runs = [] } = answer;
    const [of] = runs;
    if (!of) return;
    if (of.completed_at) {
      replace(outcome, h("p", { class: "fine-state is-complete", role: "status" }, shape("complete"),
        h("span", {}, `Run ${of.number} is complete. `, h("a", { href: `#/runs/${of.id}` }, "Its as-built record is fixed."))));
    } else if (of.completion_blockers.length > 0) {
      replace(outcome, h("section", { class: "after", role: "status" },
        h("h2", {}, `Every step of run ${of.number} is done, and this still blocks its completion:`),
        h("ul", {}, of.completion_blockers.slice(0, toldAtMost).map((each) => h("li", {},
          each.run_step_id ? h("a", { href: `#/steps/${each.run_step_id}` }, each.what) : each.what, ". ", each.clear, ".")), andMore(of.completion_blockers.length - toldAtMost)),
        h("p", {}, h("a", { href: `#/runs/${of.id}/blockers` }, `Open run ${of.number}`))));
    } else if (of.completion_warnings.length > 0) {
      replace(outcome, h("section", { class: "after", role: "status" },
        h("h2", {}, `Every step of run ${of.number} is done. Before it completes, someone acknowledges:`),
        h("ul", {}, of.completion_warnings.slice(0, toldAtMost).map((each) => h("li", {}, each.what)), andMore(of.completion_warnings.length - toldAtMost)),
        h("p", {}, h("a", { href: `#/runs/${of.id}/blockers` }, `Open run ${of.number}`))));
    }
    if (act.act === "complete") regions.bar.element.querySelector("a, button")?.focus({ preventScroll: true });
  }

  function bar({ acts, next, state, isParent, isStale, run: of }) {
    const done = state === "completed" || state === "canceled";
    // Where there is work left here the way on is the work; a step around others is brought forward by these.
    const onwards = next !== null && !acts.some((act) => act.allowed) && (state !== "in_progress" || isParent);
    return h("div", { class: "inner" },
      done && h("p", { class: "done" }, shape(state), " ", h("b", {}, word(state))),
      isStale && h("button", { type: "button", class: "primary", onclick: signAgain }, "Sign off again"),
      acts.map((act) => actButton(act, { primary: true, onclick: take })),
      onwards && h("a", { class: done || isParent ? "button primary" : "button", href: `#/steps/${next.id}` }, `Next: ${next.number} ${next.title}`),
      done && next === null && h("a", { class: "button primary", href: `#/runs/${of.id}` }, `Back to run ${of.number}`));
  }

  const following = follow(refresh, stopped.signal);

  return {
    element,
    async start() {
      await step.check();
      run = record(`runs/${encodeURIComponent(step.value.run_id)}`, stopped.signal);
      await run.check();
      build();
      show();
      following.start();
    },
    goesTo: () => false,
    unsaved: () => form.hasUnsaved(),
    stop() {
      following.stop();
      stopped.abort();
    },
  };
}

function pick(from, names) {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

function link(node) {
  return node ? { id: node.step.id, number: node.number, title: node.step.title } : null;
}

/** What to go on with: the next step in display order that can be worked on, else the first one. */
function nextOf(all, place) {
  const open = (node) => node.step.available && node !== all[place] && !(node.nested.length > 0 && node.step.state === "in_progress");
  return link(all.slice(place + 1).find(open) ?? all.find(open) ?? all.find((node) => node.step.available && node !== all[place]));
}

/** Whether a completed step's own sign-off went stale by a correction. */
function isStale({ state, signatures }) {
  const signOffs = signatures.filter((each) => each.kind === "step");
  return state === "completed" && signOffs.some((each) => each.void_reason === "changed") && signOffs.every((each) => each.voided_at !== null);
}

/** Whether all that was canceled by the same act comes back (S8). */
function all() {
  const box = h("input", { type: "checkbox", id: "restore-all" });
  return {
    element: h("label", { class: "choice small" }, box, h("span", {}, "Bring back everything that was canceled with it")),
    read: () => ({ all: box.checked || undefined }),
  };
}

function head({ step, run, assigned, location, batch, number, at, of, before, after, here }) {
  const facts = [
    location, assigned.length > 0 && `for ${assigned.join(", ")}`, !step.required && "optional", step.attempt > 1 && `attempt ${step.attempt}`,
    step.lead_time_seconds && `planned ${duration(step.lead_time_seconds)}`,
  ].filter(Boolean);
  const way = (to, text, label) => h("li", {}, to
    ? h("a", { class: "button", href: `#/steps/${to.id}`, "aria-label": `${label}: ${to.number} ${to.title}` }, text)
    : h("span", { class: "button", "aria-disabled": "true" }, text));
  return [
    h("div", { class: "way" },
      h("p", { class: "crumb" }, h("a", { href: `#/runs/${run.id}/step-${here}` }, `Run ${run.number} · ${run.title}`)),
      h("ul", { "aria-label": "Steps" }, way(before, "← Previous", "Previous step"), way(after, "Next →", "Next step"))),
    h("div", { class: "names" },
      h("h1", { tabindex: "-1" }, h("span", { class: "number" }, number), " ", step.title), badge(step.state)),
    h("p", { class: "fine" }, [...facts, `step ${at} of ${of}`].join(" · "), begun(step) && [" · started ", moment(step.started_at)]),
    !begun(step) && why(step),
    batch !== null && h("p", { class: "in-batch" }, shape("now"), h("span", {}, "What is done here is done in all runs of ", h("a", { href: `#/batches/${batch.id}` }, `batch ${batch.number}`), ".")),
  ];
}

/** Whether all there is to say of its state is that it was started. */
function begun(step) {
  return step.state === "in_progress" && step.started_at !== null && !step.state_reason;
}

/** Who brought it to its state, when and why. */
function why(step) {
  if (step.state === "completed" && step.completed_by) return h("p", {}, "Signed off by ", person(step.completed_by), ", ", moment(step.completed_at));
  return step.state_changed_by && h("p", { class: step.state_reason ? `reason is-${step.state}` : "fine" },
    `${word(step.state)} since `, moment(step.state_changed_at), ", ", person(step.state_changed_by),
    step.state_reason && [": ", h("b", {}, step.state_reason)]);
}

function waits(blockers) {
  return blockers.length > 0 && h("section", { class: "after is-waiting" },
    h("h2", {}, shape("waiting"), " Not available yet"),
    h("ul", {}, blockers.map((each) => h("li", {}, each.kind === "parent" ? "The step around it, " : "Waits for ",
      h("a", { href: `#/steps/${each.blocking_step_id}` }, each.title), ` (${word(each.state).toLowerCase()})`))));
}

const andMore = (number) => number > 0 && h("li", {}, `and ${number} more`);
