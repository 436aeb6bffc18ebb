// The orders of a list that its attributes make possible (F4).

import { h } from "./dom.js";

const prefix = "attribute.";
/** How the two directions of an order are called, upwards first. */
const directions = {
  text: ["A to Z", "Z to A"], select: ["A to Z", "Z to A"], number: ["smallest first", "largest first"],
  date: ["earliest first", "latest first"], datetime: ["earliest first", "latest first"], boolean: ["no before yes", "yes before no"],
};

/** The key of the attribute that a list is sorted by; null where it is none. */
export function sortedBy(sort) {
  const name = sort.replace(/^-/, "");
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
}

/** The options of the choice of an order. What is kept by an id, or has several values, has no order that says anything. */
export function sortChoice(definitions) {
  const sortable = definitions.filter((each) => each.searchable && each.type in directions);
  return [
    h("option", { value: "" }, "Newest first"), h("option", { value: "number" }, "Oldest first"),
    sortable.map((each) => directions[each.type].map((text, index) =>
      h("option", { value: `${index === 0 ? "" : "-"}${prefix}${each.key}`, dir: "auto" }, `${each.label}: ${text}`))),
  ];
}
