// What is added up, level by level (H2): batches, assemblies, work centers, the org.

import { get } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { problemBox } from "./problem.js";
import { rollupFacts } from "./rollup.js";
import { count } from "./words.js";

const pageSize = 20;

/** The levels: name in the address, label, what one is, what there is to say of none, and where one is looked at. */
const levels = [
  ["batch", "Batches", "batch", "No batch goes on.", (id) => `#/batches/${id}`],
  ["assembly", "Assemblies", "assembly", "No run waits for what another builds.", (id) => `#/runs/${id}`],
  ["work_center", "Work centers", "work center", "There is no work center yet.", (id) => `#/centers/${id}`],
  ["org", "The org", "org", "", () => "#/runs"],
];

/** The list of a level (`level`), or of one thing in it (`id`). */
export function rollupsView(path, query) {
  const [level, label, noun, none, address] = levels.find(([name]) => name === query.get("level")) ?? levels[0];
  const id = query.get("id");
  const stopped = new AbortController();
  const list = h("div", { class: "rollups" });
  const more = h("div", { class: "more" });
  const chip = ([name, text]) => h("li", {}, h("a", { class: "chip", href: `#/rollups?level=${name}`, "aria-current": name === level && "true" }, text));
  const element = h("div", { class: "queue" },
    h("header", { class: "plan-head" }, h("p", { class: "crumb" }, h("a", { href: "#/timeline" }, "Timeline")), h("h1", { tabindex: "-1" }, "Added up"),
      h("p", { class: "fine" }, level === "assembly" ? "An assembly is a run with all that it waits for, at any depth." : "What is planned, what really happened, and what would be.")),
    h("nav", { "aria-label": "Level" }, h("ul", { class: "chips" }, levels.map(chip))),
    list, more);

  function part(group) {
    const name = [group.number !== null && h("span", { class: "number" }, `${group.number} `), group.title];
    return h("section", { class: group.late > 0 ? "sheet rollup-part is-late" : "sheet rollup-part" },
      h("h2", {}, h("a", { href: address(group.id) }, name)), rollupFacts(level, group.id, group, stopped.signal));
  }

  async function load(cursor) {
    replace(more, h("p", { class: "busy" }, "Loading …"));
    try {
      const page = await get("rollups", { level, id, limit: pageSize, cursor }, stopped.signal);
      const added = page.items.map(part);
      list.append(...added);
      if (cursor !== null) added[0]?.querySelector("a").focus();
      const shown = list.childElementCount;
      announce(count(shown, noun, label.toLowerCase()));
      replace(more, shown === 0 && h("p", { class: "empty" }, none),
        page.next_cursor && [h("p", { class: "fine" }, `${count(shown, noun, label.toLowerCase())} are shown, and there are more.`), h("button", { type: "button", onclick: () => load(page.next_cursor) }, "Show more")],
        id !== null && h("a", { class: "button", href: `#/rollups?level=${level}` }, `All ${label.toLowerCase()}`));
    } catch (error) {
      if (error.name === "AbortError") return;
      replace(more, problemBox(error), h("button", { type: "button", onclick: () => load(cursor) }, "Try again"));
    }
  }

  return {
    element,
    async start() {
      document.title = `${label}, added up · Traveler`;
      await load(null);
    },
    goesTo: () => false,
    stop: () => stopped.abort(),
  };
}
