// What a chart is made of: bars with words in or beside them, and the times in words.

import { h, replace } from "./dom.js";
import { shape } from "./words.js";

const dates = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** When something is planned, in words. */
export function planText(start, end) {
  if (start && end) return dates.formatRange(new Date(start), new Date(end));
  if (start) return `from ${dates.format(new Date(start))}`;
  return end ? `until ${dates.format(new Date(end))}` : "Not planned";
}

/** Puts an element from one share of the window to another; outside of the window there is nothing to see of it. */
export function stretch(element, from, to) {
  element.hidden = to < -0.01 || from > 1.01;
  const [left, right] = [Math.max(from, -0.01), Math.min(to, 1.01)];
  element.style.left = `${100 * left}%`;
  element.style.width = `${100 * Math.max(right - left, 0)}%`;
}

/** A bar whose words stand in it where there is room, else beside it; `words` may be null. */
export function bar(className) {
  const done = h("span", { class: "chart-done" });
  const fill = h("span", { class: "chart-bar" }, done);
  const label = h("span", { class: "chart-label" });
  const element = h("div", { class: className }, fill, label);
  return {
    element,
    show(state, share, words) {
      fill.className = `chart-bar is-${state}`;
      label.className = `chart-label is-${state}`;
      done.style.width = `${100 * share}%`;
      replace(label, words !== null && [shape(state), words]);
    },
    place(from, to, width) {
      stretch(fill, from, to);
      label.hidden = fill.hidden;
      const [left, right] = [Math.max(from, 0), Math.min(to, 1)];
      const isRoomy = (right - left) * width >= 190;
      label.classList.toggle("is-beside", !isRoomy);
      // Beside a bar at the right end its words go to its left.
      const isLast = !isRoomy && right * width > width - 200;
      label.style.left = isLast ? "auto" : `${100 * (isRoomy ? left : right)}%`;
      label.style.right = isLast ? `${100 * (1 - left)}%` : "auto";
      label.style.maxWidth = isRoomy ? `${100 * (right - left)}%` : "none";
    },
  };
}
