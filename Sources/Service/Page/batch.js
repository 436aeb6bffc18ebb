// A batch: its runs, the steps that go together in them, and how runs join and leave it (K1-K4).

import { get, write } from "./api.js";
import { runPicker } from "./batches.js";
import { ask, askReason } from "./dialog.js";
import { announce, h, region, replace } from "./dom.js";
import { follow, record } from "./follow.js";
import { lacks } from "./me.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { rollupFacts } from "./rollup.js";
import { misfitList } from "./siblings.js";
import { badge, count, moment, shape } from "./words.js";

export function batchView([id]) {
  const path = `batches/${encodeURIComponent(id)}`;
  const stopped = new AbortController();
  const kept = record(path, stopped.signal);
  const fault = h("div", { class: "outcome" });
  const head = region(h("header", { class: "run-head" }), drawHead);
  const runs = region(h("section", { class: "sheet" }), drawRuns);
  const steps = region(h("section", { class: "sheet" }), drawSteps);
  const planned = region(h("section", { class: "sheet" }), (schedule) => [h("h2", {}, "When it is planned"), rollupFacts("batch", id, schedule, stopped.signal)]);
  const element = h("article", { class: "run" }, head.element, fault, planned.element, h("div", { class: "sections" }, steps.element, h("div", { class: "side" }, runs.element)));
  /** A step of each set of siblings, to go to: those of the first run that goes on. */
  let places = new Map();

  async function check() {
    if (!(await kept.check())) return;
    const { runs: all, siblings, dissolved_at } = kept.value;
    const first = all.find((run) => run.left_at === null && !["complete", "partial_complete"].includes(run.status));
    if (first && siblings.length > 0 && dissolved_at === null) {
      const run = await get(`runs/${encodeURIComponent(first.run_id)}`, {}, stopped.signal);
      places = new Map(run.steps.filter((step) => step.sibling_id).map((step) => [step.sibling_id, step.id]));
    } else places = new Map();
    const { number, title, created_at, created_by, steps_alone } = kept.value;
    head.show({ number, title, created_at, created_by, dissolved_at, steps_alone, together: siblings.length, members: all.filter((run) => run.left_at === null).length });
    runs.show({ all, isOpen: dissolved_at === null });
    steps.show({ siblings, places: [...places] });
    planned.show(kept.value.schedule);
    document.title = `Batch ${number} · Traveler`;
  }

  const following = follow(check, stopped.signal);

  async function send(work, said) {
    replace(fault);
    try {
      if (await work() === null) return;
      announce(said);
      await following.now();
    } catch (error) {
      replace(fault, problemBox(error));
    }
  }

  const dissolve = () => send(() => ask({
    title: `Dissolve batch ${kept.value.number}`, confirm: "Dissolve it", danger: true,
    content: h("p", {}, "All its runs go on alone, with what they have. A dissolved batch does not come back."),
    perform: () => write("POST", `${path}/dissolve`, { body: {}, version: kept.value.version }),
  }), "Dissolved");

  const leave = (run) => send(() => askReason({
    act: "leave_batch", policy: "required", title: `Run ${run.run_number} leaves the batch`, confirm: "Leave",
    note: "It keeps what it has. What is done to the others later is not done to it.",
    perform: (body) => write("POST", `runs/${encodeURIComponent(run.run_id)}/leave-batch`, { body }),
  }), "It has left");

  function join() {
    const picker = runPicker();
    const wrong = h("p", { class: "fault", role: "alert" });
    return send(() => ask({
      title: `Runs for batch ${kept.value.number}`, confirm: "Join",
      content: [h("p", {}, "A new member takes part in later changes only."), picker.element, wrong],
      read() {
        if (picker.picked().length > 0) return picker.picked();
        wrong.textContent = "Tick a run.";
        return undefined;
      },
      perform: (run_ids) => write("POST", `${path}/join`, { body: { run_ids }, version: kept.value.version }),
    }), "Joined");
  }

  function drawHead({ number, title, created_at, created_by, dissolved_at, steps_alone, together, members }) {
    const fact = (name, ...content) => h("div", {}, h("dt", {}, name), h("dd", {}, content));
    const reason = lacks("run.batch");
    const button = (text, act) => h("button", { type: "button", "aria-disabled": reason && "true", onclick: () => (reason ? announce(reason) : act()) }, text);
    return [
      h("p", { class: "crumb" }, h("a", { href: "#/batches" }, "All batches")),
      h("div", { class: "names" }, h("h1", { tabindex: "-1" }, h("span", { class: "number" }, `Batch ${number}`), title !== `Batch ${number}` && ` ${title}`),
        dissolved_at ? badge("canceled", "Dissolved") : badge("in_progress", "Going on")),
      h("dl", {}, fact("Runs", members), fact("Steps that go together", together), fact("Steps that go alone", steps_alone),
        fact("Made", moment(created_at), h("span", { class: "fine" }, person(created_by))), dissolved_at && fact("Dissolved", moment(dissolved_at))),
      h("div", { class: "actions" }, h("a", { class: "button", href: `#/timeline?batch_id=${id}` }, "On the timeline"),
        !dissolved_at && [button("Add runs", join), button("Dissolve it", dissolve), reason && h("p", { class: "why" }, reason)]),
    ];
  }

  function drawRuns({ all, isOpen }) {
    const [members, left] = [all.filter((run) => run.left_at === null), all.filter((run) => run.left_at !== null)];
    const row = (run, ...more) => h("a", { class: `queue-row is-${run.status}`, href: `#/runs/${run.run_id}` },
      h("span", { class: "what" }, h("span", { class: "title" }, `${run.run_number} ${run.title}`), more), h("span", { class: "state" }, badge(run.status)));
    return [
      h("h2", {}, "Runs"),
      members.length === 0 && h("p", { class: "empty" }, "No run is in it."),
      h("ul", { class: "queue-list with-act members" }, members.map((run) => h("li", {}, row(run),
        isOpen && !lacks("run.batch") && h("button", { type: "button", "aria-label": `Run ${run.run_number} leaves the batch`, onclick: () => leave(run) }, "Leave")))),
      left.length > 0 && h("details", { class: "away" }, h("summary", {}, `${count(left.length, "run has", "runs have")} left`),
        h("ul", { class: "queue-list" }, left.map((run) => h("li", {}, row(run, h("span", { class: "fine" }, moment(run.left_at), run.left_by && [", ", person(run.left_by)], run.left_reason && `: ${run.left_reason}`)))))),
    ];
  }

  function drawSteps({ siblings, places: links }) {
    const found = new Map(links);
    return [
      h("h2", {}, "Steps that go together"),
      siblings.length === 0 ? h("p", { class: "empty" }, "None: the runs have no step in common that is still to do.")
        : h("ol", { class: "queue-list with-act" }, siblings.map((each) => h("li", {}, siblingRow(each, found.get(each.sibling_id))))),
    ];
  }

  /** A set of siblings: where to work it, and who could not follow its next act. */
  function siblingRow({ title, steps: number, state }, step) {
    const told = h("div", {});
    const act = { todo: "start", in_progress: "complete", hold: "release", failed: "retry", completed: "reopen", canceled: "restore" }[state];

    async function look() {
      const report = await get(`steps/${encodeURIComponent(step)}/siblings`, { act }, stopped.signal);
      replace(told, report.misfits.length > 0 ? misfitList(report.misfits, report.count)
        : h("p", { class: "fine" }, shape("complete"), ` All ${report.count + 1} can follow: ${act}.`));
    }

    return [
      h(step ? "a" : "p", { class: `queue-row is-${state}`, href: step && `#/steps/${step}` },
        h("span", { class: "what" }, h("span", { class: "title" }, title), h("span", { class: "fine" }, `in ${count(number, "run")}`)),
        h("span", { class: "state" }, badge(state))),
      step && act && h("button", { type: "button", "aria-label": `Who can't follow: ${title}`, onclick: look }, "Who can't follow?"), told,
    ];
  }

  return {
    element,
    async start() {
      await check();
      following.start();
    },
    goesTo: () => false,
    stop() {
      following.stop();
      stopped.abort();
    },
  };
}
