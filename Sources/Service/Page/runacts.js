// The acts on a run as a whole (S15, C3, C6), and what a reopening asks to be acknowledged.

import { actButton, labelOf, perform } from "./acts.js";
import { write } from "./api.js";
import { ask, askReason, ticks } from "./dialog.js";
import { announce, h, region, replace } from "./dom.js";
import { problemBox } from "./problem.js";
import { identity, word } from "./words.js";

/** Refusals that say that an act means nothing in this state of the run: then it is no act to offer. */
const pointless = ["run_completed", "run_not_completed", "run_not_held", "run_held"];

/** The acts of a run. `of()` answers the run as it is known now; `changed` is called after an act. */
export function runActsPart(of, changed) {
  const fault = h("div", { class: "outcome" });
  const list = region(h("div", { class: "act-list" }), ({ acts }) => acts.filter(isMeant).map((act) =>
    actButton(act, { kind: "run", primary: act.act === "complete" && act.allowed, onclick: take })));

  async function take(act) {
    replace(fault);
    const run = of();
    const name = `Run ${run.number}`;
    const path = `runs/${encodeURIComponent(run.id)}`;
    try {
      const answer = act.act === "reopen"
        ? await reopen(path, run, name)
        : await perform(act, { kind: "run", path, version: run.version, name, extra: act.act === "complete" ? warnings(run) : null });
      if (answer === null) return;
      announce(`${labelOf(act.act, "run")}: done`);
      await changed();
    } catch (error) {
      await changed().catch(() => {});
      replace(fault, problemBox(error));
    }
  }

  return { element: h("div", { class: "run-acts" }, fault, list.element), show: (run) => list.show({ acts: run.acts }) };
}

function isMeant(act) {
  return !act.refusals.some((refusal) => pointless.includes(refusal.code));
}

/** Reopens a run: with a reason and, where what it built is installed elsewhere, each of those acknowledged (C6). */
async function reopen(path, run, name) {
  let body = null;
  const send = (given) => write("POST", `${path}/reopen`, { body: given, version: run.version });
  const done = await askReason({
    act: "reopen", policy: "required", title: `Reopen ${name}`, confirm: "Reopen", danger: true,
    note: "Its records are unlocked. Steps stay completed until one is reopened by name; the as-built record stays.",
    async perform(given) {
      body = given;
      try {
        return await send(given);
      } catch (error) {
        if (error.code !== "consumers_unacknowledged") throw error;
        return error;
      }
    },
  });
  if (done === null || done.answer.code !== "consumers_unacknowledged") return done?.answer ?? null;
  return acknowledge(done.answer.document.consumers, name, (acknowledged) => send({ ...body, acknowledged }));
}

async function acknowledge(consumers, name, send) {
  const tick = ticks("acknowledged", "It stays where it is, and the records of what holds it will show that they contain a superseded one.",
    consumers.map((each) => [holder(each), each.installation_id]));
  const done = await ask({
    title: `What ${name} built is in use`, confirm: "Reopen", danger: true, content: tick.element, read: tick.read,
    perform: ({ acknowledged }) => send(acknowledged),
  });
  return done?.answer ?? null;
}

/** The warnings that wait, each to be acknowledged as it stands (C2); null where none waits. */
function warnings(run) {
  const waiting = run.completion_warnings.filter((warning) => warning.waits);
  return waiting.length === 0 ? null : ticks("acknowledged", "This is open. Completing acknowledges it as it stands.",
    waiting.map((warning) => [warning.what, { kind: warning.kind, subject_id: warning.subject_id, stands: warning.stands }]));
}

function holder(each) {
  const unit = identity({ serial_number: each.assembly_serial_number, lot_number: each.assembly_lot_number });
  return [unit, `run ${each.run_number} (${word(each.run_status).toLowerCase()})`].filter(Boolean).join(", ");
}
