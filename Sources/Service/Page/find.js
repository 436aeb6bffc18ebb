// What a scanned or typed text means: a run by its number, a unit by its serial number, a lot, a part. If it can only
// mean one thing, the page goes there.

import { get } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { badge, identity, partName, quantity } from "./words.js";

/** How much of each kind is shown. */
const atMost = 20;

export function findView([text = ""]) {
  const stopped = new AbortController();
  const found = h("div", {}, h("p", { class: "busy" }, "Looking …"));
  const element = h("div", { class: "find-view" }, h("h1", { tabindex: "-1" }, `“${text}”`), found);

  return {
    element,
    async start() {
      document.title = `${text} · Traveler`;
      let isCut = false;
      const ask = (path, query) => get(path, { ...query, limit: atMost }, stopped.signal).then((page) => {
        isCut ||= page.next_cursor !== null;
        return page.items;
      });
      const [runs, units, lots, parts] = await Promise.all([
        ask("runs", { search: text }), ask("inventory", { serial_number: text }), ask("inventory", { lot_number: text }),
        ask("parts", { part_number: text }),
      ]);
      const exact = runs.filter((run) => String(run.number) === text.replace(/^(run)?\s*#?\s*/i, ""));
      const targets = [
        ...exact.map((run) => `#/runs/${run.id}`), ...units.map((unit) => `#/units/${unit.id}`), ...lots.map((lot) => `#/units/${lot.id}`),
      ];
      const sure = targets.length === 1 && parts.length === 0 ? targets[0]
        : targets.length === 0 && parts.length === 0 && runs.length === 1 ? `#/runs/${runs[0].id}` : null;
      if (sure !== null) return location.replace(sure);
      const built = await Promise.all(parts.map(async (part) => {
        const [building, stock] = await Promise.all([ask("runs", { part_id: part.id }), ask("inventory", { part_id: part.id, status: "available" })]);
        return { part, building, stock };
      }));
      const others = exact.length > 0 ? exact : runs;
      const number = targets.length + parts.length + others.length;
      announce(number === 0 ? "Nothing found" : `${number} found`);
      replace(found,
        number === 0 && h("p", { class: "empty" }, "There is no run, serial, lot or part with this number, and no run with it in its title."),
        isCut && h("p", { class: "fine" }, `More was found than is shown: the first ${atMost} of each kind. Type more of the number or title, or look in `, h("a", { href: `#/runs?${new URLSearchParams({ search: text })}` }, "all runs that match"), "."),
        others.length > 0 && h("section", {}, h("h2", {}, "Runs"), h("ul", { class: "queue-list" }, others.map(runRow))),
        units.length + lots.length > 0 && h("section", {}, h("h2", {}, "Units and lots"), h("ul", { class: "queue-list" }, [...units, ...lots].map(unitRow))),
        built.map(({ part, building, stock }) => h("section", {}, h("h2", {}, `${partName(part)}: ${part.name}`),
          building.length + stock.length === 0 && h("p", { class: "empty" }, "No run builds it, and none of it is available."),
          building.length > 0 && [h("h3", {}, "Runs that build it"), h("ul", { class: "queue-list" }, building.map(runRow))],
          stock.length > 0 && [h("h3", {}, "Available"), h("ul", { class: "queue-list" }, stock.map(unitRow))])));
    },
    goesTo: () => false,
    stop: () => stopped.abort(),
  };
}

function runRow(run) {
  return h("li", {}, h("a", { class: `queue-row is-${run.status}`, href: `#/runs/${run.id}` },
    h("span", { class: "what" }, h("span", { class: "title" }, `Run ${run.number} · ${run.title}`),
      h("span", { class: "fine" }, `${run.quantity} × ${partName(run)}`)),
    h("span", { class: "state" }, badge(run.status))));
}

function unitRow(unit) {
  return h("li", {}, h("a", { class: `queue-row is-${unit.status}`, href: `#/units/${unit.id}` },
    h("span", { class: "what" }, h("span", { class: "title" }, identity(unit) ?? partName(unit)),
      h("span", { class: "fine" }, `${quantity(unit.quantity, unit.unit)} × ${partName(unit)}, ${unit.part_name}`)),
    h("span", { class: "state" }, badge(unit.status))));
}
