// The batches of the org: those that go on, those that were dissolved, and the making of a new one (K1).

import { get, getAll, write } from "./api.js";
import { ask } from "./dialog.js";
import { announce, h, replace } from "./dom.js";
import { lacks } from "./me.js";
import { problemBox } from "./problem.js";
import { badge, count, moment, partName } from "./words.js";

const pageSize = 50;
/** How many runs are offered to be picked from. */
const pickedFrom = 30;

/** The list of batches; `open=false` in the address shows the dissolved ones. */
export function batchesView(query) {
  const isOpen = query.get("open") !== "false";
  const stopped = new AbortController();
  const list = h("ul", { class: "queue-list" });
  const more = h("div", { class: "more" });
  const chip = (open, text) => h("li", {}, h("a", { class: "chip", href: open ? "#/batches" : "#/batches?open=false", "aria-current": open === isOpen && "true" }, text));
  const act = (text, make, ...needed) => {
    const reason = needed.map(lacks).find(Boolean) ?? null;
    return h("div", { class: "act-box" }, h("button", { type: "button", "aria-disabled": reason && "true", onclick: () => (reason ? announce(reason) : go(make)) }, text),
      reason && h("p", { class: "why" }, reason));
  };
  const element = h("div", { class: "queue" },
    h("div", { class: "names" }, h("h1", { tabindex: "-1" }, "Batches"),
      h("div", { class: "actions" }, act("Make new runs as a batch", makeRuns, "run.batch", "run.create"), act("Batch runs that are there", chooseRuns, "run.batch"))),
    h("nav", { "aria-label": "Which" }, h("ul", { class: "chips" }, chip(true, "Going on"), chip(false, "Dissolved"))),
    h("section", { class: "queue-group" }, list), more);

  async function go(make) {
    try {
      const batch = await make();
      if (batch !== null) location.hash = `#/batches/${batch.id}`;
    } catch (error) {
      replace(more, problemBox(error));
    }
  }

  async function load(cursor) {
    const page = await get("batches", { open: isOpen, limit: pageSize, cursor }, stopped.signal);
    list.append(...page.items.map((batch) => h("li", {}, h("a", { class: "queue-row", href: `#/batches/${batch.id}` },
      h("span", { class: "what" }, h("span", { class: "title" }, `Batch ${batch.number}`, batch.title !== `Batch ${batch.number}` && ` · ${batch.title}`),
        h("span", { class: "fine" }, "made ", moment(batch.created_at), batch.dissolved_at && [", dissolved ", moment(batch.dissolved_at)]))))));
    replace(more, list.childElementCount === 0 && h("p", { class: "empty" }, isOpen ? "No batch goes on. Runs of a batch are worked as one: what is done to a step is done to its siblings." : "No batch was dissolved."),
      page.next_cursor && h("button", { type: "button", onclick: () => load(page.next_cursor) }, "Show more batches"));
  }

  return {
    element,
    async start() {
      document.title = "Batches · Traveler";
      await load(null);
    },
    goesTo: () => false,
    stop: () => stopped.abort(),
  };
}

/** A field with its label, of the dialogs below. */
function field(id, label, input, note = null) {
  input.id = id;
  return h("p", { class: "field" }, h("label", { for: id }, label), input, note && h("span", { class: "fine" }, note));
}

/** Asks for a procedure and the units to build by it, and makes a run of a batch for each; null when left. */
async function makeRuns() {
  const items = await getAll("procedures", { state: "released" });
  const procedure = h("select", {}, items.filter((each) => !each.standard).map((each) => h("option", { value: each.id }, each.title)));
  const serials = h("textarea", { rows: 4 });
  const number = h("input", { type: "text", inputmode: "numeric", maxlength: 4, autocomplete: "off" });
  const title = h("input", { type: "text", maxlength: 200, autocomplete: "off" });
  const fault = h("p", { class: "fault", role: "alert" });
  const done = await ask({
    title: "Make new runs as a batch", confirm: "Make them",
    content: [
      field("batch-procedure", "Procedure", procedure),
      field("batch-serials", "Serial numbers, one a line", serials, "A run is made for each. Scan them one after the other."),
      field("batch-number", "Or, without serial numbers, how many runs", number),
      field("batch-title", "Name of the batch (optional)", title), fault,
    ],
    read() {
      const named = serials.value.split("\n").map((line) => line.trim()).filter((line) => line !== "");
      const wanted = named.length > 0 ? named.length : Number(number.value);
      if (!Number.isInteger(wanted) || wanted < 2 || wanted > 1000) {
        fault.textContent = "A batch is of 2 to 1,000 runs.";
        serials.focus();
        return undefined;
      }
      const name = title.value.trim();
      const runs = named.length > 0 ? named.map((serial) => ({ serial_numbers: [serial], title: `${procedure.selectedOptions[0].textContent} ${serial}`.slice(0, 200) })) : Array.from({ length: wanted }, () => ({}));
      return { procedure_id: procedure.value, runs, title: name === "" ? undefined : name };
    },
    perform: (body) => write("POST", "batches", { body }),
  });
  return done?.answer ?? null;
}

/** A list of runs to tick, found by number or title: `{ element, picked() }`. Runs that have not begun come first to mind. */
export function runPicker(status = "todo") {
  const picked = new Map();
  const list = h("div", { class: "choices tall" });
  const search = h("input", { type: "search", autocomplete: "off", maxlength: 200, oninput: () => { clearTimeout(timer); timer = setTimeout(find, 250); } });
  let timer = null;
  let turn = 0;

  const box = (run) => {
    const input = h("input", { type: "checkbox", checked: picked.has(run.id), onchange: () => (input.checked ? picked.set(run.id, run) : picked.delete(run.id)) });
    return h("label", { class: "choice" }, input, h("span", {}, `${run.number} ${run.title} `, h("span", { class: "fine" }, partName(run))), badge(run.status));
  };

  async function find() {
    turn += 1;
    const mine = turn;
    const text = search.value.trim();
    const { items, next_cursor } = await get("runs", { search: text, status: text === "" ? status : undefined, limit: pickedFrom });
    if (mine !== turn) return;
    const found = items.filter((run) => run.completed_at === null && !picked.has(run.id));
    replace(list, [...picked.values()].map(box), found.map(box), picked.size + found.length === 0 && h("p", { class: "empty" }, "No run matches."),
      next_cursor && h("p", { class: "fine" }, `More runs match than these ${found.length}. Type more of the number or title to find the others.`));
  }

  find();
  return { element: h("div", { class: "run-picker" }, field("pick-search", "Find runs by number or title", search), list), picked: () => [...picked.keys()] };
}

/** Asks for runs that are there and makes a batch of them; null when left. */
async function chooseRuns() {
  const picker = runPicker();
  const title = h("input", { type: "text", maxlength: 200, autocomplete: "off" });
  const fault = h("p", { class: "fault", role: "alert" });
  const done = await ask({
    title: "Batch runs that are there", confirm: "Make the batch",
    content: [picker.element, field("batch-title", "Name of the batch (optional)", title), fault],
    read() {
      const run_ids = picker.picked();
      const name = title.value.trim();
      if (run_ids.length >= 2) return { run_ids, title: name === "" ? undefined : name };
      fault.textContent = `Tick two runs at least. ${count(run_ids.length, "run is", "runs are")} ticked.`;
      return undefined;
    },
    perform: (body) => write("POST", "batches", { body }),
  });
  return done?.answer ?? null;
}
