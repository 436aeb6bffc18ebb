// Elements are built here and nowhere else. What comes from the API only ever becomes text.

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * An element. Attributes are set by name (`class`, `href`, `aria-*`); `true` sets an empty one, null, undefined and
 * false none; a function under `onclick` and the like becomes a listener. Children are nodes or text; null, undefined
 * and false are left out, lists are flattened.
 */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** An SVG element, made the same way. */
export function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...kept(children));
  return element;
}

/** The children that count, flattened. */
function kept(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts the children in place of whatever the element holds. */
export function replace(element, ...children) {
  element.replaceChildren(...kept(children));
}

/**
 * A part of the page that is drawn anew only when what it shows has changed, so that a refresh moves neither focus nor
 * scrolling without cause. `draw` answers the children for a value.
 */
export function region(element, draw) {
  let shown;
  return {
    element,
    show(value) {
      const now = JSON.stringify(value);
      if (now === shown) return;
      shown = now;
      replace(element, draw(value));
    },
  };
}

/** Tells a screen reader, and nobody else. */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
