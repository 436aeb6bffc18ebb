// The days of a calendar that are not as its week has them (H3): holidays, and extra days with another day's shifts.

import { h } from "./dom.js";
import { days } from "./shifts.js";

const format = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const dateText = (date) => format.format(Date.parse(`${date}T00:00:00Z`));

/** The fields of some days: a list, and what adds to it. `extra` ones have the shifts of a weekday. `read()` answers them. */
export function dayFields({ id, title, note, extra, isReadOnly }, given, changed) {
  let items = given.map((each) => (extra ? { ...each } : { date: each }));
  const list = h("ul", { class: "dates" });
  const fault = h("p", { class: "fault", role: "alert" });
  const date = h("input", { type: "date", id: `${id}-date`, max: "9999-12-31" });
  const weekday = h("select", { id: `${id}-weekday`, "aria-label": "with the shifts of" }, days.map((name, day) => h("option", { value: day + 1 }, `as a ${name}`)));
  const button = h("button", { type: "button", onclick: add }, "Add");

  function add() {
    fault.textContent = date.value === "" ? "Give a day of the calendar." : items.some((each) => each.date === date.value) ? `${dateText(date.value)} is there already.` : "";
    if (fault.textContent !== "") return date.focus();
    items = [...items, extra ? { date: date.value, weekday: Number(weekday.value) } : { date: date.value }];
    date.value = "";
    draw();
    changed();
    date.focus();
  }

  function draw() {
    items.sort((one, other) => (one.date < other.date ? -1 : 1));
    list.replaceChildren(...items.map((item) => h("li", {}, h("span", {}, dateText(item.date), extra && h("span", { class: "fine" }, ` as a ${days[item.weekday - 1]}`)),
      !isReadOnly && h("button", { type: "button", "aria-label": `Take ${dateText(item.date)} off`, onclick: () => {
        items = items.filter((each) => each !== item);
        draw();
        changed();
        date.focus();
      } }, "Remove"))));
    if (items.length === 0) list.replaceChildren(h("li", { class: "fine" }, "None."));
  }

  // The day is added by Enter, as what a field takes; the form is saved by its button.
  date.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  });
  draw();
  return {
    element: h("fieldset", { class: "date-fields" }, h("legend", {}, title), h("p", { class: "fine" }, note), list,
      !isReadOnly && h("div", { class: "adding" }, h("label", { for: `${id}-date`, class: "unseen" }, `Another of: ${title}`), date, extra && weekday, button), fault),
    fault,
    /** A day that was typed and not added yet is part of it. */
    read() {
      if (date.value !== "") add();
      return fault.textContent !== "" ? null : items.map((each) => (extra ? { date: each.date, weekday: each.weekday } : each.date));
    },
  };
}
