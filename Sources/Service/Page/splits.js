// The groups of units that were split off a run: what holds them, what they need and share, and what becomes of them (X1-X9).

import { get, getAll, write } from "./api.js";
import { compare } from "./decimal.js";
import { ask, askReason } from "./dialog.js";
import { announce, h, replace } from "./dom.js";
import { install } from "./install.js";
import { lacks } from "./me.js";
import { problemBox } from "./problem.js";
import { resolve } from "./resolve.js";
import { splitOff } from "./splitoff.js";
import { badge, byPart, identity, moment, partName, quantity, readable } from "./words.js";


/** What may become of a group: its path, what the button says, what the dialog says, and whether it asks why. */
const outcomes = {
  merged: { act: "merge", label: "Merge back", asks: "The units are the run's again, with all that is in them.", policy: "optional" },
  rework: { act: "rework", label: "Rework", asks: "The units get a run of their own." },
  used_as_is: { act: "use-as-is", label: "Use as is", asks: "The units are stock as they are.", policy: "required" },
  scrapped: { act: "scrap", label: "Scrap", asks: "The units are scrapped, with all that is in them.", policy: "required", danger: true },
  returned_to_vendor: { act: "return-to-vendor", label: "Return to vendor", asks: "The units leave.", policy: "required", danger: true },
};

/** The children of the section, from the run; `changed` is called after an act. */
export function splitsPart(run, changed) {
  const reason = run.completed_at ? `Run ${run.number} is completed: its records are locked.`
    : run.status === "canceled" ? `Run ${run.number} is canceled.` : lacks("run.split");
  return [
    run.splits.length === 0 ? h("p", { class: "empty" }, "No units are split off.") : h("div", { class: "groups" }, groups(run, changed)),
    compare(run.quantity, "1") > 0 && h("p", { class: "actions" }, h("button", {
      type: "button", "data-act": "split", "aria-disabled": reason && "true",
      async onclick() {
        if (reason) return announce(reason);
        if (await splitOff({ ...run, path: `runs/${encodeURIComponent(run.id)}`, run_id: run.id, name: `run ${run.number}` })) await changed();
      },
    }, "Split off units"), reason && h("span", { class: "why" }, reason)),
  ];
}

function groups(run, again) {
  const open = run.splits.filter((group) => group.closed_at === null);
  const holders = new Map([[null, { split_id: null, name: "What stayed on the run", units: run.units }],
    ...open.map((group) => [group.id, { split_id: group.id, name: `Group ${group.number}`, units: group.units }])]);
  return run.splits.map((group) => h("section", { class: `group is-${group.closed_at ? "canceled" : "hold"}`, "aria-label": `Group ${group.number}` },
    h("div", { class: "names" },
      h("h3", {}, `Group ${group.number}: ${quantity(group.quantity, run.part.unit)} ${run.part.part_number}`),
      badge(group.closed_at ? "completed" : "hold", group.closed_at ? readable(group.outcome) : `Issue ${group.issue_number}`)),
    h("p", { class: "fine" },
      `Split off `, moment(group.created_at), ` onto issue ${group.issue_number}`, group.reason && `: ${group.reason}`, ". ",
      group.closed_at && ["Closed ", moment(group.closed_at), group.outcome_reason && `: ${group.outcome_reason}`, ". "],
      group.rework_run_id && h("a", { href: `#/runs/${group.rework_run_id}` }, "Open the run of its units")),
    group.units.length > 0 && h("p", { class: "chips" }, group.units.map((unit) =>
      h("a", { class: "chip", href: `#/units/${unit.part_inventory_id}` }, identity(unit) ?? `${unit.quantity} of ${partName(run.part)}`))),
    h("p", { class: "fine" }, group.passed_steps.length > 0 ? `Passed: ${group.passed_steps.map((step) => step.title).join(", ")}.` : "Passed no step."),
    !group.closed_at && [needs(group, again), sharing(group, holders, again), acts(group, run, again)]));
}

function needs(group, again) {
  if (group.requirements.length === 0) return null;
  const column = (text, name) => h("th", { scope: "col", class: name }, text);
  const reason = lacks("inventory.install");
  return h("div", { class: "wide" }, h("table", { class: "requirements" },
    h("thead", {}, h("tr", {}, column("Part"), column("Installed", "figure"), column("Open"))),
    h("tbody", {}, [...group.requirements].sort(byPart).map((each) => h("tr", {},
      h("th", { scope: "row" }, h("span", { class: "title" }, partName(each))),
      h("td", { class: "figure" }, `${each.split.installed} of ${quantity(each.split.needed, each.unit)}`,
        each.shared !== "0" && h("span", { class: "fine" }, ` ${each.shared} shared`),
        each.split.excepted !== "0" && h("span", { class: "fine" }, ` ${each.split.excepted} excepted`)),
      h("td", { class: "state" }, compare(each.split.open, "0") <= 0 ? "0" : [each.split.open, " ", h("button", {
        type: "button", "aria-label": `Install ${partName(each)} in group ${group.number}`, "aria-disabled": reason && "true",
        async onclick() {
          if (reason) return announce(reason);
          if (await install({ path: `splits/${encodeURIComponent(group.id)}`, units: group.units }, wanted(each))) await again();
        },
      }, "Install")]))))));
}

/** A group's requirement as installing asks for it. */
function wanted(each) {
  return { ...each, quantity_needed: each.split.needed, open: each.split.open, substitute_part_ids: each.substitute_part_ids ?? [] };
}

function sharing(group, holders, again) {
  if (group.shared.length === 0) return null;
  const reason = lacks("run.split");
  return [h("h4", {}, "Shared, and not yet said whose"), h("ul", { class: "sessions" }, group.shared.map((each) => h("li", {},
    h("span", {}, `${each.quantity} × ${each.part_number}`, identity(each) && h("span", { class: "fine" }, ` ${identity(each)}`)),
    h("button", {
      type: "button", "aria-label": `Resolve ${each.part_number}`, "aria-disabled": reason && "true",
      async onclick() {
        if (reason) return announce(reason);
        if (await resolve(each, each.groups.map((id) => holders.get(id)).filter(Boolean))) await again();
      },
    }, "Resolve"))))];
}

function acts(group, run, again) {
  const fault = h("div", {});
  const path = `splits/${encodeURIComponent(group.id)}`;

  async function take({ outcome }) {
    const { act, label, asks, policy, danger } = outcomes[outcome];
    const send = (body) => write("POST", `${path}/${act}`, { body, version: group.version });
    const title = `${label}: group ${group.number}`;
    try {
      const done = outcome === "rework"
        ? await rework(title, asks, run, send)
        : await askReason({ act, policy, title, confirm: label, note: asks, danger: danger === true, perform: send });
      if (done === null) return;
      announce(`${label}: done`);
      await again();
    } catch (error) {
      replace(fault, problemBox(error));
    }
  }

  const from = {
    path, run_id: run.id, name: `group ${group.number}`, version: group.version, units: group.units, part: run.part, quantity: group.quantity,
  };
  const lacking = lacks("run.split");
  return [fault, h("div", { class: "act-list" },
    (group.outcomes ?? []).map((each) => {
      const reason = lacking ?? (each.allowed ? null : each.refusals.map((refusal) => [refusal.message, refusal.clear].filter(Boolean).join(" ")).join(" "));
      return h("button", {
        type: "button", "data-act": outcomes[each.outcome].act, "aria-disabled": reason && "true", title: reason,
        onclick: () => (reason ? announce(reason) : take(each)),
      }, outcomes[each.outcome].label);
    }),
    compare(group.quantity, "1") > 0 && h("button", {
      type: "button", "data-act": "split", "aria-disabled": lacking && "true",
      async onclick() {
        if (lacking) return announce(lacking);
        if (await splitOff(from)) await again();
      },
    }, "Split again")),
  whys(group).map((why) => h("p", { class: "why" }, why))];
}

/** Why nothing, or not everything, may become of a group: each reason once. */
function whys(group) {
  const refused = (group.outcomes ?? []).flatMap((each) => each.refusals);
  return [...new Set(refused.map((why) => [why.message, why.clear].filter(Boolean).join(" ")))];
}

/** Asks which procedure the units are reworked by. */
async function rework(title, asks, run, send) {
  const list = h("select", { id: "rework-procedure" });
  const fault = h("p", { class: "fault", role: "alert" });
  const all = h("input", { type: "checkbox", id: "rework-all" });
  const items = await getAll("procedures", { part_id: run.part.id, state: "released" });
  replace(list, items.map((each) => h("option", { value: each.id }, each.title)));
  return ask({
    title, confirm: "Rework",
    content: [
      h("p", {}, asks), h("p", { class: "field" }, h("label", { for: "rework-procedure" }, "By which procedure"), list),
      h("label", { class: "choice" }, all, h("span", {}, "It installs all that the part is made of, as far as it is not in already")), fault,
    ],
    read() {
      if (list.value !== "") return { procedure_id: list.value, requirements: all.checked ? "all" : "procedure" };
      fault.textContent = "No procedure of this part is released.";
      return undefined;
    },
    perform: send,
  });
}
