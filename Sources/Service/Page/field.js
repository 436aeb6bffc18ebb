// A field of a step in progress: its name, what it asks for, its input, and whether what it shows is saved.

import { isOutside, range } from "./decimal.js";
import { deviationPart } from "./deviation.js";
import { h, region, replace } from "./dom.js";
import { Fault } from "./fault.js";
import { inputFor } from "./inputs.js";
import { isMe, me } from "./me.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { moment, shape } from "./words.js";

/**
 * The control of a field. `save(control, entry)` is given { value } or { not_applicable: true } and saves it.
 * `show(field, step)` takes what the service has, unless something typed here waits to be saved.
 */
export function fieldControl(field, save, changed) {
  const id = `field-${field.id}`;
  const name = h("h3", { id: `${id}-name` }, field.name, !field.required && h("span", { class: "fine" }, " optional"));
  const ask = h("p", { class: "asked" });
  const warning = h("p", { class: "out", hidden: true }, shape("failed"), h("span", {}));
  const status = h("div", { class: "saved" });
  const input = inputFor(field, { id, name: name.id, typed, commit });
  const skip = field.allow_not_applicable && h("input", { type: "checkbox", id: `${id}-na`, onchange: skipped });
  const sign = field.type === "signoff" && h("div", { class: "sign" });
  const deviation = region(h("div", { class: "deviations" }), ({ of, step }) => deviationPart(of, step, changed));
  const element = h("section", { class: "field-box", "data-field": field.id, "aria-labelledby": name.id },
    h("div", { class: "head" }, name, ask),
    sign || (input ? input.element : h("p", { class: "fine" }, "This field is filled elsewhere.")),
    skip && h("label", { class: "choice small" }, skip, h("span", {}, "Not applicable")),
    warning, deviation.element, status);
  let shown = field;
  let dirty = false;
  /** What is on its way to the service, and what the input was last given, both as text. */
  let sent = null;
  let given = null;

  const control = { field, element, show, failed, dropped, saving, saved, entry, isDirty: () => dirty, commit };

  function entry() {
    if (skip && skip.checked) return { not_applicable: true };
    return { value: input.get() };
  }

  function warn() {
    // What is held against other fields the service alone judges.
    let outside = !dirty && shown.out_of_range;
    try {
      const { value = null } = field.type === "number" && dirty ? entry() : {};
      if (value !== null) outside = isOutside(value, shown);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
    warning.hidden = !outside;
    warning.lastChild.textContent = [
      "Out of range", field.type === "number" && range(shown) && `: ${range(shown)} is asked for`,
      ". It can be saved, and the step can't be signed off with it unless a deviation is accepted.",
    ].filter(Boolean).join("");
    element.classList.toggle("is-out", outside);
  }

  function typed() {
    dirty = true;
    warn();
    mark("unsaved", "Not saved yet");
  }

  function skipped() {
    if (input) input.enable(!skip.checked);
    commit();
  }

  /** The value is given: it is saved, if it is one and another than the service has. */
  function commit() {
    let wanted;
    try {
      wanted = entry();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      dirty = true;
      return mark("fault", error.message);
    }
    if (!skip || !skip.checked) warn();
    else warning.hidden = true;
    if (text(wanted) === (sent ?? text(shown))) {
      if (sent === null) {
        dirty = false;
        told();
      }
      return;
    }
    dirty = true;
    save(control, wanted);
  }

  function text({ value = null, not_applicable = false }) {
    return canonical([value, not_applicable]);
  }

  function mark(kind, ...content) {
    element.dataset.save = kind;
    replace(status, h("p", {}, content));
  }

  function saving(entry, again) {
    sent = text(entry);
    mark("saving", again ? "No answer yet. Trying again …" : "Saving …");
  }

  /** An entry is saved. What was typed meanwhile is not. */
  function saved(entry) {
    if (sent === text(entry)) sent = null;
    shown = { ...shown, value: entry.value ?? null, not_applicable: entry.not_applicable ?? false };
    // A grid is not laid out anew for what it says itself: someone is in it.
    if (field.type === "datagrid") given = canonical(entry.value ?? null);
    try {
      dirty = sign ? false : text(control.entry()) !== text(entry);
    } catch {
      dirty = true;
    }
  }

  /** The act was left before it was done: a signature that was not given. */
  function dropped() {
    sent = null;
    dirty = false;
  }

  /** What stands here is not saved, and why. */
  function failed(problem) {
    sent = null;
    element.dataset.save = "fault";
    replace(status, problemBox(problem),
      input && h("button", { type: "button", onclick: commit }, "Save again"));
  }

  /** Says what the service has. */
  function told() {
    if (shown.entered_at === null) return mark("empty", shown.required ? "Nothing entered" : "");
    mark("done", shape("completed"), " Saved ", moment(shown.entered_at), " by ", person(shown.entered_by));
  }

  function show(now, step) {
    shown = now;
    control.field = now;
    const open = step.open;
    replace(ask, asked(now, step));
    deviation.show({ of: now, step: { state: step.state, deviations: step.deviations } });
    if (sign) return showSignature(step);
    if (input) input.enable(open && !(dirty ? skip?.checked : now.not_applicable));
    if (skip) skip.disabled = !open;
    if (dirty) return;
    if (input && given !== canonical(now.value ?? null)) {
      given = canonical(now.value ?? null);
      input.set(now.value ?? null);
    }
    if (skip) skip.checked = now.not_applicable;
    warn();
    told();
  }

  function showSignature(step) {
    const isSigned = shown.value === true;
    const reason = whyNotSign(shown, step);
    const mine = isSigned && isMe(shown.entered_by);
    const act = (value, label, primary) => h("button", {
      type: "button", class: primary ? "primary" : null, "aria-disabled": reason ? "true" : null,
      onclick: () => !reason && save(control, { value }),
    }, label);
    warning.hidden = true;
    const hadFocus = sign.contains(document.activeElement);
    replace(sign,
      (!isSigned || shown.stale) && act(true, shown.stale ? `Sign again as ${me().name}` : `Sign as ${me().name}`, true),
      mine && step.open && !shown.stale && act(null, "Take my signature back", false),
      reason && (!isSigned || shown.stale) && h("p", { class: "why" }, reason));
    if (hadFocus) sign.querySelector("button")?.focus();
    if (!isSigned) return mark("empty", "Not signed");
    if (shown.stale) return mark("fault", "What was signed was corrected since: it must be signed again.");
    mark("done", shape("completed"), " Signed ", moment(shown.entered_at), " by ", person(shown.entered_by));
  }

  return control;
}

function whyNotSign(field, step) {
  if (field.signoff_role && !me().roles.includes(field.signoff_role)) return `This is signed by a holder of the role ${field.signoff_role}.`;
  if (field.peer && step.sessions.some((session) => session.user_id === me().user_id)) {
    return "This is signed by someone who did no work on this step.";
  }
  if (step.open || field.stale) return step.lacks;
  return step.state === "todo" ? "Start the step first." : "It is signed while the step is in progress.";
}

/** A value as text, the same whatever the order of its keys. */
function canonical(value) {
  return JSON.stringify(value, (_, each) => (each !== null && typeof each === "object" && !Array.isArray(each)
    ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1))) : each));
}

/** What a field asks for, as its own line. */
function asked(field, step) {
  return [
    field.type === "number" && range(field),
    field.compare && `${field.compare.op} ${step.names.get(field.compare.field_id) ?? "a field of another step"}`,
    field.meaning,
    field.signoff_role && `Signed by ${field.signoff_role}`,
    field.peer && "by someone who did no work on this step",
  ].filter(Boolean).join(", ");
}
