// A calendar (H3): its zone, its week, and the days that are otherwise.

import { get, write } from "./api.js";
import { loadFault } from "./calendarfault.js";
import { plansStay } from "./centers.js";
import { dayFields } from "./days.js";
import { announce, h, replace } from "./dom.js";
import { lacks } from "./me.js";
import { problemBox } from "./problem.js";
import { weekFields } from "./shifts.js";
import { moment } from "./words.js";

/** The calendar that the address names; a new one under `new`, which is then that of the work center `for`. */
export function calendarView([id], query) {
  const isNew = id === "new" || id === undefined;
  const path = `work-calendars/${encodeURIComponent(id)}`;
  const stopped = new AbortController();
  const element = h("div", { class: "queue" }, h("p", { class: "busy" }, "Loading …"));
  const reason = lacks("location.edit");
  let calendar = null;
  let centers = [];
  let isDirty = false;

  function draw(outcome = null) {
    const isReadOnly = reason !== null;
    const changed = () => { isDirty = true; };
    const faults = Object.fromEntries(["name", "time_zone"].map((name) => [name, h("p", { class: "fault", id: `calendar-${name}-fault`, role: "alert" })]));
    const input = (name, value, attributes) => h("input", { type: "text", id: `calendar-${name}`, value, readonly: isReadOnly, autocomplete: "off", oninput: changed, "aria-describedby": `calendar-${name}-fault`, ...attributes });
    const name = input("name", calendar.name, { maxlength: 200 });
    const zones = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
    const zone = input("time_zone", calendar.time_zone, { maxlength: 64, list: "zones", autocapitalize: "none", spellcheck: "false" });
    const week = weekFields(calendar.shifts, isReadOnly, changed);
    const holidays = dayFields({ id: "holidays", title: "Holidays", note: "No shift starts on them.", extra: false, isReadOnly }, calendar.holidays, changed);
    const extras = dayFields({ id: "extra-days", title: "Extra days", note: "They have the shifts of another day, even where they are holidays.", extra: true, isReadOnly }, calendar.extra_days, changed);
    Object.assign(faults, { shifts: week.fault, holidays: holidays.fault, extra_days: extras.fault });
    const said = h("div", { class: "outcome" }, outcome);
    const save = h("button", { type: "submit", class: "primary", "aria-disabled": reason && "true" }, isNew ? "Make this calendar" : "Save");

    function read() {
      for (const fault of [faults.name, faults.time_zone]) fault.textContent = "";
      if (name.value.trim() === "") faults.name.textContent = "Give it a name.";
      if (zone.value.trim() === "") faults.time_zone.textContent = "Give a zone, such as Europe/Berlin.";
      const empty = [name, zone].find((each) => each.value.trim() === "");
      if (empty) {
        empty.focus();
        return null;
      }
      const given = { shifts: week.read(), holidays: holidays.read(), extra_days: extras.read() };
      return Object.values(given).includes(null) ? null : { name: name.value.trim(), time_zone: zone.value.trim(), ...given };
    }

    async function submit(event) {
      event.preventDefault();
      if (reason) return announce(reason);
      const body = read();
      if (body === null || save.disabled) return;
      save.disabled = true;
      try {
        const before = calendar.version;
        calendar = isNew ? await write("POST", "work-calendars", { body }) : await write("PATCH", path, { version: calendar.version, body });
        isDirty = false;
        announce("Saved");
        if (isNew) return await made();
        await readCenters();
        draw(before === calendar.version ? h("p", { class: "fine" }, "Nothing was changed.") : plansStay(calendar.location_ids, stopped.signal));
        element.querySelector(".outcome").scrollIntoView({ block: "center" });
      } catch (error) {
        if (!loadFault(error, faults)) {
          replace(said, problemBox(error));
          said.scrollIntoView({ block: "center" });
        }
        // What someone else saved meanwhile is shown only when it is asked for: what was typed here would be lost.
        if (error.status === 412) said.append(h("button", { type: "button", onclick: () => start() }, "Show how it is now, and drop my changes"));
      } finally {
        save.disabled = false;
      }
    }

    replace(element,
      h("header", { class: "plan-head" }, h("p", { class: "crumb" }, h("a", { href: "#/centers" }, "Work centers")), h("h1", { tabindex: "-1" }, isNew ? "New calendar" : calendar.name),
        !isNew && h("p", { class: "fine" }, centers.length === 0 ? "No work center works by it. " : ["Worked by: ", centers.map((each, index) => [index > 0 && ", ", h("a", { href: `#/centers/${each.id}` }, each.name)]), ". "],
          "Made ", moment(calendar.created_at), ".")),
      h("form", { class: "sheet calendar-form", onsubmit: submit, novalidate: true },
        h("div", { class: "fields" },
          h("div", { class: "field" }, h("label", { for: "calendar-name" }, "Name"), name, faults.name),
          h("div", { class: "field" }, h("label", { for: "calendar-time_zone" }, "Time zone"), zone, h("datalist", { id: "zones" }, zones.map((each) => h("option", { value: each }))),
            h("span", { class: "fine" }, "Its clock changes are kept to."), faults.time_zone)),
        week.element, h("div", { class: "fields" }, holidays.element, extras.element),
        h("div", { class: "buttons" }, save, reason && h("p", { class: "why" }, reason)), said));
  }

  /** A new calendar that was made for a work center is its calendar from then on. */
  async function made() {
    const center = query.get("for");
    if (center === null) {
      location.hash = `#/calendars/${calendar.id}`;
      return;
    }
    await write("PATCH", `locations/${encodeURIComponent(center)}`, { body: { work_calendar_id: calendar.id } });
    location.hash = `#/centers/${center}`;
  }

  async function readCenters() {
    centers = await Promise.all(calendar.location_ids.map((center) => get(`locations/${encodeURIComponent(center)}`, {}, stopped.signal)));
  }

  async function start() {
    calendar = isNew ? { name: "", time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, shifts: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: "08:00", end: "16:00" })), holidays: [], extra_days: [], location_ids: [] }
      : await get(path, {}, stopped.signal);
    await readCenters();
    isDirty = false;
    document.title = `${isNew ? "New calendar" : calendar.name} · Traveler`;
    draw();
  }

  return {
    element,
    start,
    goesTo: () => false,
    unsaved: () => isDirty,
    stop: () => stopped.abort(),
  };
}
