// Splitting some units off a run, or off a group of them, onto an issue: asked, planned, looked at, done (X1, X8).

import { getAll, write } from "./api.js";
import { decimal } from "./decimal.js";
import { ask } from "./dialog.js";
import { announce, h, replace } from "./dom.js";
import { byPart, count, identity, partName, quantity } from "./words.js";


/**
 * Asks what to split off and whereto, shows the plan, and does it; answers whether it was done. `from` has what is split:
 * `path` (runs/... or splits/...), `name`, `version`, `units`, `part`, `run_id`.
 */
export async function splitOff(from) {
  const serialized = from.part.tracking === "serial";
  const units = serialized ? unitPicker(from.units) : quantityField(from);
  const issue = issuePicker(from.run_id);
  const place = h("select", { id: "split-place" }, h("option", { value: "" }, "Where they are"));
  getAll("locations").then((items) => place.append(...items.map((each) => h("option", { value: each.id }, each.name))), () => {});

  const asked = await ask({
    title: `Split units off ${from.name}`, confirm: "Show the plan",
    content: [
      h("p", {}, "They go onto an issue, and are a group of their own until it is decided what becomes of them. The rest goes on."),
      units.element, issue.element,
      h("p", { class: "field" }, h("label", { for: "split-place" }, "Whereto"), place),
    ],
    read() {
      const named = units.read();
      const onto = named && issue.read();
      return onto ? { ...named, ...onto, location_id: place.value || undefined } : undefined;
    },
    perform: (body) => write("POST", `${from.path}/split-plan`, { body }),
  });
  if (asked === null) return false;
  const { outcome: body, answer: plan } = asked;
  const done = await ask({
    title: `Split ${quantity(plan.split.quantity, from.part.unit)} of ${from.name}?`, confirm: "Split off",
    content: planned(plan, from),
    perform: () => write("POST", `${from.path}/split`, { body, version: from.version }),
  });
  if (done !== null) announce(`Split off: group ${done.answer.split.number}`);
  return done !== null;
}

/** The units to tick, or to scan; `read` answers what a request names. */
function unitPicker(all) {
  const units = [...all].sort((one, other) => String(identity(one)).localeCompare(String(identity(other)), "en", { numeric: true }));
  const boxes = units.map((unit) => h("input", { type: "checkbox", value: unit.part_inventory_id, onchange: tell }));
  const chosen = h("p", { class: "fine", role: "status" });
  const fault = h("p", { class: "fault", role: "alert" });
  const scan = h("input", { type: "text", id: "split-scan", autocomplete: "off", placeholder: "Scan a serial number", onchange: picked,
    onkeydown(event) {
      if (event.key !== "Enter") return;
      // A scanner ends with Enter, and the next one is scanned.
      event.preventDefault();
      picked();
    } });

  function tell() {
    const number = boxes.filter((box) => box.checked).length;
    chosen.textContent = `${count(number, "unit")} of ${units.length} chosen`;
    fault.textContent = "";
  }

  function picked() {
    const wanted = scan.value.trim().toLowerCase();
    if (wanted === "") return;
    const index = units.findIndex((unit) => unit.serial_number?.toLowerCase() === wanted);
    if (index < 0) fault.textContent = `${scan.value.trim()} is not among the units here.`;
    else {
      boxes[index].checked = true;
      boxes[index].closest("label").scrollIntoView({ block: "nearest" });
      tell();
    }
    scan.value = "";
  }

  tell();
  return {
    element: [
      h("p", { class: "field" }, h("label", { for: "split-scan" }, "Which units"), scan),
      h("fieldset", { class: "choices tall" }, h("legend", { class: "unseen" }, "The units"), units.map((unit, index) =>
        h("label", { class: "choice" }, boxes[index], h("span", {}, identity(unit) ?? `Unit ${index + 1}`)))),
      chosen, fault,
    ],
    read() {
      const ids = boxes.filter((box) => box.checked).map((box) => box.value);
      if (ids.length > 0) return { part_inventory_ids: ids };
      fault.textContent = "Scan or tick the units that are split off.";
      return undefined;
    },
  };
}

function quantityField(from) {
  const fault = h("p", { class: "fault", role: "alert" });
  const amount = h("input", { type: "text", id: "split-quantity", class: "figure", inputmode: "decimal", autocomplete: "off" });
  return {
    element: [
      h("p", { class: "field" }, h("label", { for: "split-quantity" }, `How many of ${quantity(from.quantity, from.part.unit)}`), amount), fault,
    ],
    read() {
      const wanted = decimal(amount.value);
      if (wanted !== null) return { quantity: wanted };
      fault.textContent = "Type how many are split off, such as 2.";
      amount.focus();
      return undefined;
    },
  };
}

/** An open issue, or the title of a new one. */
function issuePicker(run) {
  const list = h("select", { id: "split-issue", onchange: show }, h("option", { value: "" }, "A new issue"));
  const title = h("input", { type: "text", id: "split-issue-title", maxlength: 300, autocomplete: "off" });
  const fault = h("p", { class: "fault", role: "alert" });
  const own = h("p", { class: "field" }, h("label", { for: "split-issue-title" }, "What is wrong"), title);
  getAll("issues", { open: true }).then((items) => list.append(...items
    .filter((each) => each.run_id === null || each.run_id === run)
    .map((each) => h("option", { value: each.id }, `${each.number} · ${each.title}`))), () => {});

  function show() {
    own.hidden = list.value !== "";
  }

  return {
    element: [h("p", { class: "field" }, h("label", { for: "split-issue" }, "Onto which issue"), list), own, fault],
    read() {
      if (list.value !== "") return { issue_id: list.value };
      if (title.value.trim() !== "") return { issue: { title: title.value.trim() } };
      fault.textContent = "Pick an issue, or say what is wrong.";
      title.focus();
      return undefined;
    },
  };
}

/** A plan as a table: what each group needs, has, and could still be given; what both share; what stock follows. */
function planned(plan, from) {
  const { split } = plan;
  const column = (text, name) => h("th", { scope: "col", class: name }, text);
  const side = ({ needed, installed, excepted, open }) => [
    h("b", {}, needed), h("span", { class: "fine" }, [`${installed} in`, excepted !== "0" && `${excepted} excepted`, `${open} open`].filter(Boolean).join(", ")),
  ];
  return [
    split.units.length > 0 && h("p", {}, `Leaving: ${split.units.map((unit) => unit.serial_number ?? "a unit").join(", ")}.`),
    plan.requirements.length > 0 && h("p", {}, "What the units that stay need from then on, and those that leave:"),
    plan.requirements.length > 0 && h("div", { class: "wide" }, h("table", { class: "plan" },
      h("thead", {}, h("tr", {}, column("Part"), column("Stays", "figure"), column("Leaves", "figure"), column("Shared", "figure"))),
      h("tbody", {}, [...plan.requirements].sort(byPart).map((each) => h("tr", {},
        h("th", { scope: "row" }, partName(each)), h("td", { class: "figure" }, side(each.continuing)), h("td", { class: "figure" }, side(each.split)),
        h("td", { class: "figure" }, each.shared)))))),
    plan.shared.length > 0 && h("p", {}, "What is shared was installed in the whole: it counts once, and before the units are disposed of someone says whose it is."),
    plan.reserved.length > 0 && h("p", {}, "Reserved stock that follows: ",
      plan.reserved.map((each) => [`${each.quantity} × ${each.part_number}`, each.serial_number && `(SN ${each.serial_number})`].filter(Boolean).join(" ")).join(", "), "."),
    h("p", { class: "fine" }, split.passed_steps.length > 0
      ? `Passed: ${split.passed_steps.map((step) => step.title).join(", ")}. Whatever is done on ${from.name} from now on does not count for them.`
      : "They have passed no step."),
  ];
}
