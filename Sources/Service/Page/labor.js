// Who works on a step: checking in and out, and the time that adds up.

import { get, write } from "./api.js";
import { askReason } from "./dialog.js";
import { announce, h, region, replace } from "./dom.js";
import { lacks, may, me } from "./me.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { duration, moment } from "./words.js";

/** The people of a step. `of()` answers the step as it is known now; `changed` is called after a check-in or check-out. */
export function laborPart(of, changed) {
  const fault = h("div", {});
  const body = region(h("div", {}), draw);
  const element = h("section", { class: "sheet people" }, h("h2", {}, "People"), fault, body.element);

  async function send(work) {
    replace(fault);
    try {
      if (await work() === null) return;
      await changed();
    } catch (error) {
      await changed().catch(() => {});
      replace(fault, problemBox(error));
    }
  }

  const checkIn = () => send(async () => {
    await write("POST", `steps/${encodeURIComponent(of().id)}/check-in`, { version: of().version });
    announce("Checked in");
  });

  /** A session past the org's limit asks for a reason (L5): it is asked for when the service says so. */
  const checkOut = (session) => send(async () => {
    const path = `sessions/${encodeURIComponent(session.id)}/check-out`;
    const out = (body) => write("POST", path, { body });
    try {
      await out(undefined);
    } catch (error) {
      if (error.status !== 422) throw error;
      return askReason({ act: "check_out", policy: "required", title: "Check out", confirm: "Check out", note: error.detail, perform: out });
    }
    announce("Checked out");
  });

  function draw({ state, available, sessions }) {
    const mine = sessions.find((session) => session.user_id === me().user_id && session.ended_at === null);
    const reason = lacks("run_step.update")
      ?? (state !== "in_progress" ? "People check in while the step is in progress." : available ? null : "The step is not available to work.");
    return [
      sessions.length > 0 && h("ul", { class: "sessions" }, sessions.map((session) => h("li", {},
        h("span", {}, h("b", {}, session.user_name), " ",
          session.ended_at === null ? ["here since ", moment(session.started_at)] : spent(session)),
        session.ended_at === null && session !== mine && may("session.update")
          && h("button", { type: "button", onclick: () => checkOut(session) }, "Check out")))),
      sessions.length === 0 && h("p", { class: "empty" }, "Nobody has worked on it yet."),
      mine
        ? h("button", { type: "button", onclick: () => checkOut(mine) }, "Check out")
        : h("div", { class: "act-box" },
          h("button", { type: "button", "aria-disabled": reason && "true", onclick: () => (reason ? announce(reason) : checkIn()) }, "Check in"),
          reason && h("p", { class: "why" }, reason)),
    ];
  }

  return { element, show: ({ state, available, sessions }) => body.show({ state, available, sessions }) };
}

function spent(session) {
  return duration((new Date(session.ended_at) - new Date(session.started_at)) / 1000);
}

/** The labor on a run by person, as the service adds it up. */
export async function laborOf(runId, stopped) {
  return (await get("labor", { by: "user", run_id: runId }, stopped)).items;
}

/** The children of the section. */
export function laborTotals(people) {
  if (people.length === 0) return h("p", { class: "empty" }, "Nobody has worked on it yet.");
  const total = people.reduce((sum, each) => sum + each.seconds, 0);
  const row = (name, seconds) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: "figure" }, duration(seconds)));
  return h("table", {}, h("tbody", {},
    [...people].sort((one, other) => other.seconds - one.seconds).map((each) => row(person(`user:${each.id}`), each.seconds)),
    people.length > 1 && row(h("b", {}, "Together"), total)));
}
