// The work centers (H3): by which calendar each works, how much it takes at a time, and what that means for plans.

import { get, getAll, write } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { loadFault } from "./calendarfault.js";
import { lacks } from "./me.js";
import { problemBox } from "./problem.js";
import { rollupFacts } from "./rollup.js";
import { hoursWords } from "./shifts.js";
import { count } from "./words.js";

/** All work centers, or the one that the address names. */
export function centersView([id]) {
  return id === undefined ? listView() : centerView(id);
}

function listView() {
  const stopped = new AbortController();
  const list = h("ul", { class: "queue-list" });
  const calendars = h("ul", { class: "queue-list" });
  const element = h("div", { class: "queue" },
    h("header", { class: "plan-head" }, h("p", { class: "crumb" }, h("a", { href: "#/timeline" }, "Timeline")), h("h1", { tabindex: "-1" }, "Work centers"),
      h("p", { class: "fine" }, "When each works, and how many steps it takes at a time: plans keep to both.")),
    h("section", { class: "queue-group" }, list),
    h("section", { class: "queue-group" }, h("h2", {}, "Calendars"), calendars, h("p", { class: "more" }, h("a", { class: "button", href: "#/calendars/new" }, "New calendar"))));

  return {
    element,
    async start() {
      document.title = "Work centers · Traveler";
      const [centers, known] = await Promise.all([getAll("locations", { work_center: true }, stopped.signal), getAll("work-calendars", {}, stopped.signal)]);
      const names = new Map(known.map((each) => [each.id, `${each.name} (${each.time_zone})`]));
      const open = centers.filter((each) => each.archived_at === null);
      const row = (href, title, ...words) => h("li", {}, h("a", { class: "queue-row", href },
        h("span", { class: "what" }, h("span", { class: "title" }, title), h("span", { class: "fine" }, words))));
      replace(list, open.map((each) => row(`#/centers/${each.id}`, each.name,
        [each.work_calendar_id === null ? "around the clock" : names.get(each.work_calendar_id), each.capacity === null ? "any number of steps at a time" : `${count(each.capacity, "step")} at a time`].join(" · "))),
        open.length === 0 && h("li", { class: "empty" }, "There is no work center yet."));
      replace(calendars, known.map((each) => {
        const number = open.filter((center) => center.work_calendar_id === each.id).length;
        return row(`#/calendars/${each.id}`, each.name, `${each.time_zone} · ${number === 0 ? "no work center works by it" : count(number, "work center")}`);
      }), known.length === 0 && h("li", { class: "empty" }, "There is no calendar yet: every work center works around the clock."));
    },
    goesTo: () => false,
    stop: () => stopped.abort(),
  };
}

function centerView(id) {
  const path = `locations/${encodeURIComponent(id)}`;
  const stopped = new AbortController();
  const element = h("div", { class: "queue" }, h("p", { class: "busy" }, "Loading …"));
  const reason = lacks("location.edit");
  let center = null;
  let calendars = [];

  function draw() {
    const calendar = h("select", { id: "center-calendar", disabled: reason !== null, onchange: showHours },
      h("option", { value: "" }, "Around the clock"), calendars.map((each) => h("option", { value: each.id }, `${each.name} (${each.time_zone})`)));
    calendar.value = center.work_calendar_id ?? "";
    const capacity = h("input", { type: "text", id: "center-capacity", inputmode: "numeric", maxlength: 6, autocomplete: "off", value: center.capacity ?? "", readonly: reason !== null, "aria-describedby": "center-capacity-fault" });
    const fault = h("p", { class: "fault", id: "center-capacity-fault", role: "alert" });
    const hours = h("div", { class: "hours" });
    const outcome = h("div", { class: "outcome" });
    const added = h("div", {});
    const save = h("button", { type: "submit", class: "primary", "aria-disabled": reason && "true" }, "Save");

    async function showHours() {
      replace(hours, calendar.value === "" ? h("p", { class: "fine" }, "All hours of all days.") : null);
      if (calendar.value === "") return;
      const asked = calendar.value;
      const { shifts, holidays } = await get(`work-calendars/${encodeURIComponent(asked)}`, {}, stopped.signal);
      if (calendar.value !== asked) return;
      replace(hours, hoursWords(shifts), h("p", { class: "fine" }, holidays.length > 0 && `${count(holidays.length, "holiday")}. `, h("a", { href: `#/calendars/${asked}` }, "Look at this calendar")));
    }

    async function submit(event) {
      event.preventDefault();
      if (reason) return announce(reason);
      const text = capacity.value.trim();
      const number = text === "" ? null : Number(text);
      fault.textContent = number === null || (Number.isInteger(number) && number >= 1 && number <= 10_000) ? "" : "How many steps at a time: 1 to 10,000, or nothing for any number.";
      if (fault.textContent !== "") return capacity.focus();
      save.disabled = true;
      try {
        const before = center;
        center = await write("PATCH", path, { version: center.version, body: { work_calendar_id: calendar.value === "" ? null : calendar.value, capacity: number } });
        replace(outcome, before.version === center.version ? h("p", { class: "fine" }, "Nothing was changed.") : plansStay([id], stopped.signal));
        announce("Saved");
      } catch (error) {
        if (!loadFault(error, { capacity: fault })) replace(outcome, problemBox(error));
        if (error.status === 412) {
          center = await get(path, {}, stopped.signal);
          calendar.value = center.work_calendar_id ?? "";
          capacity.value = center.capacity ?? "";
          await showHours();
        }
      } finally {
        save.disabled = false;
      }
    }

    replace(element,
      h("header", { class: "plan-head" }, h("p", { class: "crumb" }, h("a", { href: "#/centers" }, "Work centers")), h("h1", { tabindex: "-1" }, center.name),
        h("p", { class: "actions" }, h("a", { class: "button", href: `#/work?location_id=${id}` }, "Its queue"), h("a", { class: "button", href: `#/timeline?location_id=${id}` }, "On the timeline"))),
      h("form", { class: "sheet center-form", onsubmit: submit, novalidate: true },
        h("h2", {}, "When it works, and on how much"),
        h("div", { class: "fields" },
          h("div", { class: "field" }, h("label", { for: "center-calendar" }, "Works by the calendar"), calendar, hours,
            reason === null && h("a", { class: "fine new-calendar", href: `#/calendars/new?for=${id}` }, "New calendar for it")),
          h("p", { class: "field" }, h("label", { for: "center-capacity" }, "Steps at a time"), capacity, h("span", { class: "fine" }, "Any number, where it is empty."), fault)),
        h("div", { class: "buttons" }, save, reason && h("p", { class: "why" }, reason)), outcome),
      h("section", { class: "sheet" }, h("h2", {}, "What there is to do"), added));
    showHours().catch((error) => error.name !== "AbortError" && replace(hours, problemBox(error)));
    get("rollups", { level: "work_center", id }, stopped.signal)
      .then(({ items: [rollup] }) => replace(added, rollupFacts("work_center", id, rollup, stopped.signal)))
      .catch((error) => error.name !== "AbortError" && replace(added, problemBox(error)));
  }

  return {
    element,
    async start() {
      [center, calendars] = await Promise.all([get(path, {}, stopped.signal), getAll("work-calendars", {}, stopped.signal)]);
      document.title = `${center.name} · Traveler`;
      if (!center.work_center) return replace(element, h("h1", { tabindex: "-1" }, center.name), h("p", {}, "This is a place, and no work center: nothing is planned for it."));
      draw();
    },
    goesTo: () => false,
    stop: () => stopped.abort(),
  };
}

/** What a change of some work centers means: nothing moves by itself; planning again does it. */
export function plansStay(ids, stopped) {
  const fault = h("div", {});
  const again = h("button", { type: "button", onclick: async () => {
    again.disabled = true;
    try {
      const found = await Promise.all(ids.map((id) => get("rollups/projection", { level: "work_center", id }, stopped)));
      const runs = [...new Set(found.flatMap((each) => each.run_ids))];
      if (runs.length > 0) location.hash = `#/replan?${new URLSearchParams(runs.map((run) => ["run", run]))}`;
      else replace(fault, h("p", {}, "No run has work there that is left to plan."));
    } catch (error) {
      if (error.name !== "AbortError") replace(fault, problemBox(error));
    } finally {
      again.disabled = false;
    }
  } }, "See what would move");
  return h("div", { class: "after-save" },
    h("p", {}, h("b", {}, "Saved."), " Plans don't move by themselves: what is scheduled stays where it is until it is planned again."),
    ids.length > 0 && again, fault);
}
