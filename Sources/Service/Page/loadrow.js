// What a work center has to do, day by day, beside what it can do (H6): the first row of its timeline.

import { get } from "./api.js";
import { shareOf } from "./axis.js";
import { stretch } from "./bar.js";
import { h, replace } from "./dom.js";
import { span } from "./lateness.js";

const day = 86_400_000;
/** Over more days than this a day is too narrow to be told. */
const daysAtMost = 120;

/** The row; `refresh(location, name, shown)` asks for the load of a work center in a window, and answers whether it is told. */
export function loadRow(stopped) {
  const name = h("p", { class: "chart-what" });
  const track = h("div", { class: "chart-track" });
  const element = h("li", { class: "chart-row chart-load" }, h("div", { class: "chart-line" }, h("div", { class: "chart-name" }, name), track));
  let days = [];

  function draw(location, title) {
    const most = Math.max(...days.map((each) => Math.max(each.load_seconds, each.capacity_seconds ?? 0)), 1);
    const over = days.filter(isOver).length;
    replace(name, h("a", { class: "title", href: `#/centers/${location}` }, `Load of ${title}`),
      h("span", { class: "fine" }, over === 0 ? "what is scheduled, day by day" : `more than it can do on ${over === 1 ? "1 day" : `${over} days`}`));
    replace(track, days.map((each) => {
      const bar = h("span", { class: "load-bar" });
      bar.style.height = `${100 * each.load_seconds / most}%`;
      const line = each.capacity_seconds === null ? null : h("span", { class: "load-most" });
      if (line) line.style.bottom = `${100 * each.capacity_seconds / most}%`;
      const words = each.capacity_seconds === null ? span(each.load_seconds * 1000) : `${span(each.load_seconds * 1000)} of ${span(each.capacity_seconds * 1000)}`;
      const box = h("span", { class: isOver(each) ? "load-day is-over" : "load-day", title: `${each.date}: ${words}` },
        h("span", { class: "load-room" }, bar, line), h("span", { class: "load-words" }, each.load_seconds > 0 && words, isOver(each) && " (over)"));
      each.element = box;
      return box;
    }));
  }

  return {
    element,
    async refresh(location, title, shown) {
      const number = Math.ceil((shown.to - shown.from) / day) + 1;
      if (number > daysAtMost) return false;
      const first = new Date(shown.from - new Date(shown.from).getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
      days = (await get(`locations/${encodeURIComponent(location)}/load`, { from: first, days: number }, stopped)).days;
      draw(location, title);
      return true;
    },
    place(shown, now, width) {
      for (const each of days) {
        const from = new Date(`${each.date}T00:00`);
        const to = new Date(from.getFullYear(), from.getMonth(), from.getDate() + 1);
        const [left, right] = [shareOf(shown, from.getTime()), shareOf(shown, to.getTime())];
        stretch(each.element, left, right);
        each.element.classList.toggle("is-narrow", (right - left) * width < 84);
      }
    },
  };
}

function isOver({ capacity_seconds, load_seconds }) {
  return capacity_seconds !== null && load_seconds > capacity_seconds;
}
