// Dependencies, drawn from the end of one bar to the start of the next.

import { replace, s } from "./dom.js";

/** The way from one bar to another, as a path: right, up or down, right again; back around where the next is too early. */
function way(from, to) {
  const [x, y] = [from.right, from.y];
  const bend = 9;
  if (to.left >= x + 2 * bend) return `M${x} ${y}h${bend}V${to.y}H${to.left - 7}`;
  const middle = to.y > y ? to.y - 22 : to.y + 22;
  return `M${x} ${y}h${bend}V${middle}H${to.left - bend - 7}V${to.y}h${bend}`;
}

const head = (to) => `M${to.left} ${to.y}l-8 -4.5v9z`;

/**
 * Draws edges ({ from, to, kind }) into an SVG element of the size of what it lies over; `at(id)` answers where the bar
 * of a step is: { left, right, y } in pixels, or null.
 */
export function drawArrows(svg, edges, at) {
  const paths = new Map();
  for (const { from, to, kind } of edges) {
    const [one, other] = [at(from), at(to)];
    if (one === null || other === null) continue;
    const path = paths.get(kind) ?? { lines: [], heads: [] };
    path.lines.push(way(one, other));
    path.heads.push(head(other));
    paths.set(kind, path);
  }
  const order = ["plain", "critical", "broken", "near"];
  replace(svg, order.filter((kind) => paths.has(kind)).map((kind) => s("g", { class: `arrows-${kind}` },
    s("path", { class: "line", d: paths.get(kind).lines.join("") }), s("path", { class: "head", d: paths.get(kind).heads.join("") }))));
}
