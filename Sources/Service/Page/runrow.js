// A run on the timeline: its name, its bar with status and progress, when it is due, and what is wrong with it.

import { shareOf } from "./axis.js";
import { bar, planText, stretch } from "./bar.js";
import { h, region, replace, s } from "./dom.js";
import { lateness } from "./lateness.js";
import { openRun } from "./openrun.js";
import { moment, partName, shape, word } from "./words.js";

/**
 * The row of a run. `toggled(row)` is called when it is opened or closed, `zoom(moments)` shows what it holds; `chosen`
 * is told whether it is chosen for planning, and null where nothing is to choose.
 */
export function runRow(id, { stopped, toggled, zoom, changed, chosen }) {
  let run = null;
  let inside = null;
  const opener = h("button", { type: "button", class: "chart-open", "aria-expanded": "false", onclick: toggle });
  const box = h("input", { type: "checkbox", onchange: () => chosen(id, box.checked) });
  const choice = h("label", { class: "chart-choice", hidden: true }, box, h("span", { class: "unseen" }, "Choose this run"));
  const reason = region(h("p", { class: "chart-reason" }), (why) => why !== null && [shape(why.kind === "late" ? "late" : "waiting"), h("span", {}, why.words)]);
  const planned = bar("chart-plan");
  const past = h("span", { class: "chart-past" });
  const actual = h("span", { class: "chart-actual" });
  const due = h("span", { class: "chart-due" }, s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: "M12 1 23 12 12 23 1 12z" })));
  // The button in the name says and does the same: the track is for pointers.
  const track = h("div", { class: "chart-track", "aria-hidden": "true", onclick: toggle }, actual, planned.element, past, due);
  const element = h("li", { class: "chart-row" },
    h("div", { class: "chart-line" }, h("div", { class: "chart-name" }, choice, h("div", { class: "chart-what" }, opener, reason.element)), track));

  function toggle() {
    if (inside === null) {
      inside = openRun(id, { stopped, zoom, changed, redraw: () => toggled(row) });
      element.append(inside.element);
      inside.refresh();
    } else {
      inside.element.remove();
      inside = null;
    }
    element.classList.toggle("is-open", inside !== null);
    opener.setAttribute("aria-expanded", String(inside !== null));
    toggled(row);
  }

  const row = {
    id,
    element,
    isOpen: () => inside !== null,
    refresh: () => inside?.refresh(),
    choosing(is, checked) {
      choice.hidden = !is || run?.completed_at !== null || run?.status === "canceled";
      box.checked = checked;
    },
    show(now) {
      if (JSON.stringify(now) !== JSON.stringify(run)) {
        run = now;
        element.classList.toggle("is-late", run.late);
        const steps = `${run.steps_completed} of ${run.steps_total}`;
        planned.show(run.status, run.steps_total === 0 ? 0 : run.steps_completed / run.steps_total, `${word(run.status)} · ${steps}`);
        replace(opener,
          h("span", { class: "title" }, h("span", { class: "number" }, `${run.number} `), run.title),
          h("span", { class: "unseen" }, `, ${word(run.status)}, ${steps} steps done, ${planText(run.effective_start, run.effective_end)}`),
          h("span", { class: "fine" }, [run.quantity !== "1" && `${run.quantity} × `, partName(run)], run.due_at && !run.late && [" · due ", moment(run.due_at)]));
        track.title = `${run.number} ${run.title}: ${planText(run.effective_start, run.effective_end)}`;
      }
      reason.show(lateness(run, Date.now() - Date.now() % 60_000));
    },
    place(shown, now, width) {
      const at = (time) => shareOf(shown, Date.parse(time));
      const [start, end] = [run.effective_start ?? run.effective_end, run.effective_end ?? run.effective_start];
      planned.place(at(start), at(end), width);
      const isOpen = run.completed_at === null && run.status !== "canceled";
      actual.hidden = run.started_at === null;
      if (run.started_at) stretch(actual, at(run.started_at), run.completed_at ? at(run.completed_at) : isOpen ? shareOf(shown, now) : at(end));
      due.hidden = run.due_at === null;
      if (run.due_at) due.style.left = `${100 * at(run.due_at)}%`;
      due.hidden ||= at(run.due_at) < -0.02 || at(run.due_at) > 1.02;
      past.hidden = true;
      if (run.late) stretch(past, at(run.due_at), Math.max(at(end), shareOf(shown, now)));
      inside?.place(shown, now, width);
    },
  };
  return row;
}
