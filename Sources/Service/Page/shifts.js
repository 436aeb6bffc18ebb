// The shifts of a calendar (H3): as words, and as fields, day by day.

import { h, replace } from "./dom.js";

const format = new Intl.DateTimeFormat(undefined, { weekday: "long", timeZone: "UTC" });

/** The names of the days, Monday first: 2024 began on one. */
export const days = [1, 2, 3, 4, 5, 6, 7].map((day) => format.format(Date.UTC(2024, 0, day)));

/** A shift that ends at or before its start does so on the next day. */
const isOvernight = ({ start, end }) => end !== "24:00" && end <= start;

/** The hours of a week, day by day; days that are alike are told together. */
export function hoursWords(shifts) {
  const of = (day) => shifts.filter((shift) => shift.weekday === day).sort((one, other) => (one.start < other.start ? -1 : 1))
    .map((shift) => `${shift.start}–${shift.end}${isOvernight(shift) ? " on the next day" : ""}`).join(", ");
  const rows = [];
  for (let day = 1; day <= 7; day += 1) {
    const words = of(day);
    if (rows.at(-1)?.words === words) rows.at(-1).to = day;
    else rows.push({ from: day, to: day, words });
  }
  return h("dl", { class: "week" }, rows.map(({ from, to, words }) => h("div", {},
    h("dt", {}, from === to ? days[from - 1] : `${days[from - 1]} to ${days[to - 1]}`), h("dd", {}, words === "" ? "closed" : words))));
}

/** The fields of a week: `read()` answers its shifts, or null, having said at the field what is wrong with one. */
export function weekFields(shifts, isReadOnly, changed) {
  const fault = h("p", { class: "fault", role: "alert" });
  const lists = days.map(() => h("ul", { class: "shifts" }));
  const rows = days.map(() => []);

  function add(day, shift) {
    const input = (name, value, label) => h("input", { type: "time", value: value === "24:00" ? "00:00" : value, readonly: isReadOnly, "aria-label": `${days[day]}, ${label}`, oninput: () => { tell(); changed(); } });
    const [start, end] = [input("start", shift.start, "from"), input("end", shift.end, "to")];
    const note = h("span", { class: "fine" });
    const wrong = h("span", { class: "fault", role: "alert" });
    const row = { start, end, wrong };
    const element = h("li", {}, start, h("span", { "aria-hidden": "true" }, "–"), end,
      !isReadOnly && h("button", { type: "button", "aria-label": `Take this shift off ${days[day]}`, onclick: () => {
        rows[day].splice(rows[day].indexOf(row), 1);
        element.remove();
        show(day);
        lists[day].closest(".day").querySelector(".buttons button").focus();
        changed();
      } }, "Remove"), note, wrong);
    function tell() {
      wrong.textContent = "";
      const is = start.value !== "" && end.value !== "" && isOvernight({ start: start.value, end: end.value });
      note.textContent = !is ? "" : end.value === "00:00" ? "until midnight" : `ends on ${days[(day + 1) % 7]}`;
    }
    tell();
    rows[day].push(row);
    lists[day].append(element);
    show(day);
    return start;
  }

  const closed = days.map(() => h("p", { class: "fine" }, "closed"));
  function show(day) {
    closed[day].hidden = rows[day].length > 0;
  }

  /** Another day has the shifts of this one. */
  function copy(day, others) {
    for (const other of others) {
      replace(lists[other]);
      rows[other].length = 0;
      show(other);
      for (const { start, end } of [...rows[day]]) add(other, { start: start.value, end: end.value });
    }
    changed();
  }

  const element = h("fieldset", { class: "week-fields" }, h("legend", {}, "Shifts"),
    h("p", { class: "fine" }, "By the clock of the zone. One that ends at or before its start ends on the next day."), fault,
    days.map((name, day) => h("div", { class: "day" }, h("h3", {}, name), h("div", {}, closed[day], lists[day]),
      !isReadOnly && h("div", { class: "buttons" },
        h("button", { type: "button", "aria-label": `Add a shift on ${name}`, onclick: () => {
          fault.textContent = "";
          const last = rows[day].at(-1);
          add(day, last ? { start: last.end.value, end: "" } : { start: "08:00", end: "16:00" }).focus();
          changed();
        } }, "Add a shift"),
        day === 0 && h("button", { type: "button", onclick: () => copy(0, [1, 2, 3, 4]) }, `Same until ${days[4]}`)))));
  for (let day = 0; day < 7; day += 1) show(day);
  for (const shift of [...shifts].sort((one, other) => (one.start < other.start ? -1 : 1))) add(shift.weekday - 1, shift);

  return {
    element,
    fault,
    read() {
      const found = [];
      fault.textContent = "";
      for (let day = 0; day < 7; day += 1) {
        for (const { start, end, wrong } of rows[day]) {
          wrong.textContent = start.value === "" || end.value === "" ? "Give both hours." : "";
          if (wrong.textContent !== "") {
            (start.value === "" ? start : end).focus();
            return null;
          }
          found.push({ weekday: day + 1, start: start.value, end: end.value });
        }
      }
      if (found.length > 0) return found;
      fault.textContent = "Nobody would ever work by this calendar. Give it a shift.";
      element.querySelector(".day button")?.focus();
      return null;
    },
  };
}
