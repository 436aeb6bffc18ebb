// The words, shapes and forms in which the page says what the API says.

import { h, s } from "./dom.js";

/** Each state by its word and its shape; the colour comes from the style sheet's class of the same name. */
const states = {
  todo: ["To do", "ring"],
  in_progress: ["In progress", "half"],
  hold: ["On hold", "pause"],
  redline: ["Redline", "pencil"],
  completed: ["Completed", "check"],
  complete: ["Complete", "check"],
  partial_complete: ["Partially complete", "checkring"],
  failed: ["Failed", "cross"],
  canceled: ["Canceled", "slash"],
  available: ["Available", "check"],
  work_in_progress: ["Work in progress", "half"],
  reserved: ["Reserved", "pause"],
  kitted: ["Kitted", "inbox"],
  installed: ["Installed", "inbox"],
  unavailable: ["Unavailable", "slash"],
  never_built: ["Never built", "slash"],
  scrapped: ["Scrapped", "cross"],
  waiting: ["Waiting", "pause"],
  ready: ["Available now", "play"],
  met: ["Met", "check"],
  missing: ["Missing", "ring"],
  overdue: ["Overdue", "clock"],
  late: ["Late", "clock"],
  now: ["Now", "half"],
  next: ["Next", "ring"],
  blocked: ["Blocked", "pause"],
};

/** The statuses of a run, in the order in which people look for trouble and then for work. */
export const runStatuses = [
  "in_progress", "todo", "redline", "hold", "failed", "complete", "partial_complete", "canceled",
];

const shapes = {
  ring: () => [s("circle", { cx: 12, cy: 12, r: 8.5, class: "line" })],
  half: () => [s("circle", { cx: 12, cy: 12, r: 8.5, class: "line" }), s("path", { d: "M12 3.5a8.5 8.5 0 0 1 0 17z", class: "full" })],
  pause: () => [s("path", { d: "M8.2 2.5h7.6l5.7 5.7v7.6l-5.7 5.7H8.2l-5.7-5.7V8.2z", class: "full" }), s("path", { d: "M9.5 8v8M14.5 8v8", class: "cut" })],
  pencil: () => [s("path", { d: "M12 1.5 22.5 12 12 22.5 1.5 12z", class: "full" }), s("path", { d: "M9 15l6-6", class: "cut" })],
  check: () => [s("circle", { cx: 12, cy: 12, r: 10, class: "full" }), s("path", { d: "m7.5 12.4 3.1 3.1 6-6.6", class: "cut" })],
  checkring: () => [s("circle", { cx: 12, cy: 12, r: 8.5, class: "line dashed" }), s("path", { d: "m8 12.3 2.8 2.8 5.3-5.8", class: "line" })],
  cross: () => [s("path", { d: "M12 2 23 21.5H1z", class: "full" }), s("path", { d: "m9.2 12.2 5.6 5.6m0-5.6-5.6 5.6", class: "cut" })],
  slash: () => [s("circle", { cx: 12, cy: 12, r: 8.5, class: "line" }), s("path", { d: "m6.2 17.8 11.6-11.6", class: "line" })],
  play: () => [s("path", { d: "M6 3.5 21 12 6 20.5z", class: "full" })],
  clock: () => [s("circle", { cx: 12, cy: 12, r: 10, class: "full" }), s("path", { d: "M12 6.5V12l4 3", class: "cut" })],
  inbox: () => [s("rect", { x: 3, y: 3, width: 18, height: 18, rx: 3, class: "line" }), s("rect", { x: 8, y: 8, width: 8, height: 8, class: "full" })],
};

/** The drawn sign of a state, without its word. */
export function shape(state) {
  const drawn = shapes[states[state]?.[1] ?? "ring"];
  return s("svg", { class: `shape is-${state}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, drawn());
}

/** A state as a badge: sign, word, colour. Another word may stand in for the state's own. */
export function badge(state, text = word(state)) {
  return h("span", { class: `badge is-${state}` }, shape(state), h("span", {}, text));
}

/** A state in words; one that the page does not know yet, by its own name. */
export function word(state) {
  return states[state]?.[0] ?? readable(state);
}

/** A name of the data model as people read it: `completed_at` is "completed at". */
export function readable(name) {
  const text = String(name).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 step", "2 steps". */
export function count(number, noun, plural = `${noun}s`) {
  return `${number} ${number === 1 ? noun : plural}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** A moment in the reader's time zone: the hour alone if it is today; the exact moment stands in the title. */
export function moment(text, empty = "—") {
  if (!text) return empty;
  const time = new Date(text);
  const today = time.toDateString() === new Date().toDateString();
  const shown = today ? `today ${clock.format(time)}` : `${date.format(time)}, ${clock.format(time)}`;
  return h("time", { datetime: text, title: exact.format(time) }, shown);
}

/** A day of the calendar ("2026-02-28"), which is the same in every time zone. */
export function day(text) {
  return h("time", { datetime: text }, date.format(new Date(`${text}T00:00`)));
}

/** A sentence of the service's, with its moments as the reader's clock has them. */
export function told(sentence) {
  return sentence.split(/(\d{4}-\d\d-\d\dT[\d:.]+Z)/).map((part, index) => (index % 2 === 1 ? moment(part) : part));
}

/** The hour and minute now. */
export function now() {
  return clock.format(new Date());
}

/** A quantity with its unit, if it has one that says something. */
export function quantity(number, unit) {
  return unit && !["each", "ea", "piece", "pcs"].includes(unit) ? `${number} ${unit}` : `${number}`;
}

/** A part as people say it: number and revision. */
export function partName(part) {
  return part.revision ? `${part.part_number} rev ${part.revision}` : part.part_number;
}

/** Sorts by part number, as people count. */
export function byPart(one, other) {
  return one.part_number.localeCompare(other.part_number, "en", { numeric: true });
}

/** What tells one inventory row from another. */
export function identity(row) {
  if (row.serial_number) return `SN ${row.serial_number}`;
  if (row.lot_number) return `Lot ${row.lot_number}`;
  return null;
}

/** A duration in seconds as "1 h 05 min", "12 min", "40 s". */
export function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
