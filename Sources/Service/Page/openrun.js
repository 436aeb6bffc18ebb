// A run opened on the timeline: its steps as bars, what they wait for, what is wrong with its schedule, and its critical
// path.

import { get } from "./api.js";
import { shareOf } from "./axis.js";
import { drawArrows } from "./arrows.js";
import { bar, planText, stretch } from "./bar.js";
import { h, region, replace, s } from "./dom.js";
import { record } from "./follow.js";
import { conflictLines } from "./lateness.js";
import { lacks } from "./me.js";
import { problemBox } from "./problem.js";
import { setTimes } from "./settimes.js";
import { flattened, numbered } from "./steps.js";
import { count, shape, word } from "./words.js";

/** How many conflicts are told; the others are counted. */
const toldAtMost = 6;

/** What stands below the row of a run. `zoom(moments)` shows what it holds, `changed` is called after its times were set. */
export function openRun(id, { stopped, zoom, changed, redraw }) {
  const kept = record(`runs/${encodeURIComponent(id)}`, stopped);
  const rows = new Map();
  const list = h("ol", { class: "chart-steps" });
  const arrows = s("svg", { class: "chart-arrows", "aria-hidden": "true" });
  const fault = h("div", {});
  const wrong = region(h("div", { class: "chart-wrong" }), drawConflicts);
  const critical = h("button", { type: "button", "aria-pressed": "false", onclick: toggleCritical }, "Critical path");
  const tools = region(h("div", { class: "chart-tools" }), drawTools);
  const element = h("div", { class: "chart-inside" }, tools.element, fault, wrong.element, h("div", { class: "chart-steps-box" }, list, arrows),
    h("p", { class: "busy" }, "Loading …"));
  let plan = null;
  let shownAt = null;
  /** The step that the pointer is on, and the one that has the focus: what it waits for and leads to is marked. */
  const at = { pointer: null, focus: null };
  const near = () => at.pointer ?? at.focus;

  function drawTools({ number, times, completed_at }) {
    const reason = lacks("run.schedule") ?? (completed_at !== null ? "A completed run is planned no more." : null);
    return [
      h("a", { class: "button", href: `#/runs/${id}` }, `Open run ${number}`),
      times.length > 0 && h("button", { type: "button", onclick: () => zoom(times) }, "Zoom to it"),
      plan !== null && critical,
      reason === null && h("button", { type: "button", onclick: () => set("run", kept.value) }, "Set its times"),
      reason === null && h("a", { class: "button", href: `#/plan?run=${id}` }, "Plan it"),
      reason === null && h("a", { class: "button", href: `#/replan?run=${id}` }, "Re-plan it"),
      h("a", { class: "button", href: `#/rollups?level=assembly&id=${id}` }, "With all it waits for"),
    ];
  }

  async function set(kind, of) {
    if (await setTimes(kind, of) === null) return;
    await refresh();
    await changed();
  }

  function drawConflicts({ conflicts, titles }) {
    const title = (step) => titles[step] ?? "a step";
    const places = new Map(kept.value.steps.map((step) => [step.location_id, step.location]));
    const lines = conflictLines(conflicts, title, (place) => places.get(place) ?? "Its work center");
    return lines.length > 0 && [
      h("h3", {}, shape("late"), count(conflicts.length, "conflict")),
      h("ul", {}, lines.slice(0, toldAtMost).map((words) => h("li", {}, words)), lines.length > toldAtMost && h("li", {}, `and ${lines.length - toldAtMost} more`)),
    ];
  }

  function toggleCritical() {
    critical.setAttribute("aria-pressed", String(critical.getAttribute("aria-pressed") !== "true"));
    mark();
    redraw();
  }

  const showsCritical = () => critical.getAttribute("aria-pressed") === "true";

  function mark() {
    const driving = new Set(showsCritical() ? plan?.critical_step_ids ?? [] : []);
    const conflicting = new Set((plan?.conflicts ?? []).map((each) => each.step_id));
    for (const [step, row] of rows) row.mark(driving.has(step), conflicting.has(step));
  }

  async function refresh() {
    try {
      if (!(await kept.check())) return;
      replace(fault);
      draw();
      // What a schedule has against it is the planner's to say; where it can't, the steps are shown all the same.
      plan = await get(`runs/${encodeURIComponent(id)}/timeline`, {}, stopped).catch(() => null);
      draw();
    } catch (error) {
      if (error.name !== "AbortError") replace(fault, problemBox(error));
    } finally {
      element.querySelector(":scope > .busy")?.remove();
    }
  }

  function draw() {
    const run = kept.value;
    const all = flattened(numbered(run.steps));
    const parents = new Set(run.steps.map((step) => step.parent_id));
    for (const { step } of all) if (!rows.has(step.id)) rows.set(step.id, stepRow(step.id, { near: (by, is) => { at[by] = is ? step.id : null; redraw(); }, set: () => set("step", rows.get(step.id).step()) }));
    for (const { step, number } of all) rows.get(step.id).show(step, number, parents.has(step.id), run.completed_at === null);
    const elements = all.map(({ step }) => rows.get(step.id).element);
    if (elements.length !== list.childElementCount || elements.some((each, index) => list.children[index] !== each)) replace(list, elements);
    const times = run.steps.flatMap((step) => [step.effective_start, step.effective_end, step.started_at, step.completed_at]).filter(Boolean).map((time) => Date.parse(time));
    tools.show({ number: run.number, completed_at: run.completed_at, times: times.length > 0 ? [Math.min(...times), Math.max(...times)] : [], hasPlan: plan !== null });
    wrong.show({ conflicts: plan?.conflicts ?? [], titles: Object.fromEntries(run.steps.map((step) => [step.id, step.title])) });
    mark();
    redraw();
  }

  function edges() {
    const driving = new Set(showsCritical() ? plan?.critical_step_ids ?? [] : []);
    const broken = new Set((plan?.conflicts ?? []).filter((each) => each.kind === "before_upstream_ends").map((each) => `${each.upstream_id} ${each.step_id}`));
    return kept.value.steps.flatMap((step) => step.upstream_ids.map((from) => ({
      from, to: step.id,
      kind: near() === step.id || near() === from ? "near" : broken.has(`${from} ${step.id}`) ? "broken" : driving.has(from) && driving.has(step.id) ? "critical" : "plain",
    })));
  }

  return {
    element,
    refresh,
    place(shown, now, width) {
      if (kept.value === null) return;
      for (const row of rows.values()) row.place(shown, now, width);
      const placed = (step) => {
        const where = rows.get(step)?.at() ?? null;
        return where && { left: where.from * width, right: where.to * width, y: where.y };
      };
      arrows.setAttribute("viewBox", `0 0 ${width} ${list.offsetHeight}`);
      arrows.classList.toggle("has-near", near() !== null);
      drawArrows(arrows, edges(), placed);
    },
  };
}

/** A step: its name, its planned bar, and beneath it when it was really worked. */
function stepRow(id, { near, set }) {
  let step = null;
  let where = null;
  const name = region(h("div", { class: "chart-name" }), drawName);
  const planned = bar("chart-plan");
  const actual = h("span", { class: "chart-actual" });
  const track = h("div", { class: "chart-track" }, actual, planned.element);
  const element = h("li", {
    class: "chart-line chart-step",
    onpointerenter: () => near("pointer", true), onpointerleave: () => near("pointer", false),
    onfocusin: () => near("focus", true), onfocusout: () => near("focus", false),
  }, name.element, track);

  function drawName({ of, number, isOpen, tags }) {
    return [
      h("a", { class: "chart-what", href: `#/steps/${id}` },
        h("span", { class: "title" }, h("span", { class: "number" }, `${number} `), of.title),
        h("span", { class: "fine" }, shape(of.state), " ", [word(of.state), ...tags, planText(of.effective_start, of.effective_end)].join(" · "))),
      isOpen && h("button", { type: "button", class: "chart-set", "aria-label": `Set the times of ${number} ${of.title}`, onclick: set }, "Times"),
    ];
  }

  let told = null;
  const tell = () => name.show(told);

  return {
    element,
    step: () => step,
    show(now, number, isParent, isLive) {
      step = now;
      const isOpen = isLive && !lacks("run.schedule") && step.state !== "completed" && step.state !== "canceled";
      const { title, state, effective_start, effective_end, depth } = step;
      told = { of: { title, state, effective_start, effective_end }, number, isOpen, tags: told?.tags ?? [] };
      element.dataset.depth = depth;
      element.classList.toggle("is-parent", isParent);
      planned.show(state, 0, null);
      actual.className = `chart-actual is-${state}`;
      tell();
    },
    mark(isCritical, isWrong) {
      element.classList.toggle("is-critical", isCritical);
      element.classList.toggle("is-wrong", isWrong);
      told = { ...told, tags: [isCritical && "critical", isWrong && "conflict"].filter(Boolean) };
      tell();
    },
    place(shown, now, width) {
      const share = (time) => shareOf(shown, Date.parse(time));
      const [start, end] = [step.effective_start ?? step.effective_end, step.effective_end ?? step.effective_start];
      const done = step.completed_at ? share(step.completed_at) : shareOf(shown, now);
      planned.element.hidden = !start;
      if (start) planned.place(share(start), share(end), width);
      actual.hidden = !step.started_at;
      if (step.started_at) {
        stretch(actual, share(step.started_at), done);
        actual.classList.toggle("is-alone", !start);
      }
      const y = track.offsetTop + track.offsetHeight / 2;
      where = start ? { from: share(start), to: share(end), y } : step.started_at ? { from: share(step.started_at), to: done, y } : null;
    },
    at: () => where,
  };
}
