// A chart: rows over a window of time, under an axis that says when. Its rows place themselves; it moves by gestures.

import { moved, shareOf, ticks, windowText, zoomed } from "./axis.js";
import { stretch } from "./bar.js";
import { h, replace } from "./dom.js";
import { gestures } from "./gestures.js";

/**
 * A chart called `name` over the window `shown`; `corner` stands over the rows' names, `changed(window)` is told when it
 * was moved. A row has `element` and `place(shown, now, width)`, `width` being the axis's in pixels.
 */
export function chart({ name, corner, shown, changed }) {
  let rows = [];
  /** The rows in sight or near it: the others are placed when they come near. */
  const near = new Set();
  let drawing = 0;
  const scale = h("div", { class: "chart-scale", "aria-hidden": "true" });
  const lines = h("div", { class: "chart-lines", "aria-hidden": "true" });
  const list = h("ol", { class: "chart-rows" });
  const element = h("section", { class: "chart", tabindex: "0" },
    h("div", { class: "chart-axis" }, h("p", { class: "chart-corner" }, corner), scale),
    h("div", { class: "chart-body" }, lines, list));

  function draw() {
    drawing = 0;
    const width = scale.clientWidth;
    if (width === 0) return;
    const now = Date.now();
    const { steps, parts } = ticks(shown, width);
    const isWeekend = (at) => [0, 6].includes(new Date(at).getDay());
    replace(scale,
      h("div", { class: "parts" }, parts.map(({ from, to, text }) => put(h("span", {}, text), from, to, true))),
      h("div", { class: "ticks" }, steps.map(({ from, to, text }) => put(h("span", { class: from <= now && now < to && "is-today" }, seen(from, to) * width < 44 ? "" : text), from, to, true))),
      inside(now) && mark(h("span", { class: "chart-now-tag" }, "Now"), now));
    replace(lines,
      steps.map(({ from, to }) => put(h("span", { class: [to - from < 90_000_000 && isWeekend(from) && "is-weekend"].filter(Boolean).join(" ") }), from, to, false)),
      inside(now) && mark(h("span", { class: "chart-now" }), now));
    element.setAttribute("aria-label", `${name}, ${windowText(shown)}. Left and right move it, plus and minus zoom, Home goes to now.`);
    for (const row of rows) if (near.has(row.element)) row.place(shown, now, width);
  }

  const seen = (from, to) => Math.min(shareOf(shown, to), 1) - Math.max(shareOf(shown, from), 0);
  const inside = (at) => at >= shown.from && at <= shown.to;

  /** What is part of the window only is put where it is seen, so that its name is. */
  function put(span, from, to, isSeen) {
    const share = (at) => shareOf(shown, at);
    stretch(span, isSeen ? Math.max(share(from), 0) : share(from), share(to));
    return span;
  }

  function mark(span, at) {
    span.style.left = `${100 * shareOf(shown, at)}%`;
    return span;
  }

  function later() {
    if (drawing === 0) drawing = requestAnimationFrame(draw);
  }

  function go(window) {
    shown = window;
    later();
    changed(shown);
  }

  gestures(element, {
    where: (x) => {
      const box = scale.getBoundingClientRect();
      return (x - box.left) / box.width;
    },
    pan: (share) => go(moved(shown, share)),
    zoom: (factor, share) => go(zoomed(shown, factor, share)),
    home: () => {
      const length = shown.to - shown.from;
      const from = Math.round(Date.now() - length / 4);
      go({ from, to: from + length });
    },
  });
  const resized = new ResizeObserver(later);
  resized.observe(scale);
  const moving = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) near.add(target);
      else near.delete(target);
    }
    later();
  }, { rootMargin: "400px" });

  return {
    element,
    window: () => shown,
    go,
    redraw: later,
    /** Shows these rows, in this order; a row that was shown before keeps the focus. */
    show(wanted) {
      rows = wanted;
      const elements = wanted.map((row) => row.element);
      if (elements.length !== list.childElementCount || elements.some((each, index) => list.children[index] !== each)) {
        const focused = list.contains(document.activeElement) ? document.activeElement : null;
        for (const each of list.children) if (!elements.includes(each)) moving.unobserve(each);
        for (const each of elements) moving.observe(each);
        replace(list, elements);
        if (focused?.isConnected) focused.focus({ preventScroll: true });
      }
      later();
    },
    stop() {
      resized.disconnect();
      moving.disconnect();
      cancelAnimationFrame(drawing);
    },
  };
}
