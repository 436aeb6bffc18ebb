// Questions that must be answered before an act: in a dialog that keeps the keyboard to itself and gives the focus back.

import { get } from "./api.js";
import { h, replace } from "./dom.js";
import { problemBox } from "./problem.js";

/**
 * Shows a dialog and answers what `read` makes of it on confirmation, or null when it was left. `read` may answer
 * undefined to keep it open, having said why; `perform` may do the act itself: then the dialog stays open and says so
 * when the act is refused.
 */
export function ask({ title, content, confirm, danger = false, read = () => true, perform = null }) {
  const opener = document.activeElement;
  return new Promise((resolve) => {
    const fault = h("div", {});
    const go = h("button", { type: "submit", class: danger ? "primary danger" : "primary" }, confirm);
    const close = (outcome) => {
      dialog.close();
      dialog.remove();
      if (opener?.isConnected) opener.focus({ preventScroll: true });
      else document.querySelector("main h1")?.focus({ preventScroll: true });
      resolve(outcome);
    };

    async function submit(event) {
      event.preventDefault();
      if (go.disabled) return;
      const outcome = read();
      if (outcome === undefined) return;
      if (perform === null) return close(outcome);
      go.disabled = true;
      go.textContent = "One moment …";
      try {
        close({ outcome, answer: await perform(outcome) });
      } catch (error) {
        replace(fault, problemBox(error));
        fault.scrollIntoView({ block: "nearest" });
      } finally {
        go.disabled = false;
        go.textContent = confirm;
      }
    }

    const dialog = h("dialog", {
      class: "ask", "aria-labelledby": "ask-title",
      oncancel: (event) => {
        event.preventDefault();
        close(null);
      },
    }, h("form", { onsubmit: submit, novalidate: true },
      h("h2", { id: "ask-title", tabindex: "-1" }, title), fault, content,
      h("div", { class: "buttons" }, go, h("button", { type: "button", onclick: () => close(null) }, "Back"))));
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector("[autofocus], input, textarea, select") ?? go).focus();
  });
}

/** Things that must each be looked at: [label, value] pairs, read as { [name]: values } once all are ticked. */
export function ticks(name, intro, pairs) {
  const boxes = pairs.map(() => h("input", { type: "checkbox" }));
  const fault = h("p", { class: "fault", role: "alert" });
  return {
    element: h("fieldset", { class: "choices tall" }, h("legend", {}, intro),
      pairs.map(([label], index) => h("label", { class: "choice" }, boxes[index], h("span", {}, label))), fault),
    read() {
      if (boxes.every((box) => box.checked)) return { [name]: pairs.map(([, value]) => value) };
      fault.textContent = "Look at each of them, and tick it.";
      boxes.find((box) => !box.checked).focus();
      return undefined;
    },
  };
}

let preparing = false;

/** The org's reasons for an act, as it offers them; none when they can't be asked for. */
async function reasonsFor(act) {
  try {
    const { items } = await get("reasons");
    return items.filter((reason) => reason.act === act).map((reason) => reason.label);
  } catch {
    return [];
  }
}

/**
 * Asks for the reason of an act: the org's own list, and free words. Answers { reason, ...extra } or null; the reason
 * is undefined where none was given and none is required. `extra` is content of its own with `read`.
 */
export async function askReason({ act, title, confirm, policy, note = null, danger = false, extra = null, perform = null }) {
  // A second tap while the reasons are on their way asks nothing more.
  if (preparing) return null;
  preparing = true;
  const labels = policy === "off" ? [] : await reasonsFor(act);
  preparing = false;
  const required = policy === "required";
  const words = h("textarea", { id: "reason-words", rows: 2, maxlength: 800, "aria-describedby": "reason-fault" });
  const fault = h("p", { id: "reason-fault", class: "fault", role: "alert" });
  const choices = labels.map((label, index) => h("label", { class: "choice" },
    h("input", { type: "radio", name: "reason", value: label, id: `reason-${index}` }), h("span", {}, label)));

  function read() {
    const picked = choices.map((each) => each.querySelector("input")).find((input) => input.checked)?.value;
    const reason = [picked, words.value.trim()].filter(Boolean).join(": ");
    if (required && reason === "") {
      fault.textContent = labels.length > 0 ? "Pick a reason or write one." : "Say why in a few words.";
      words.focus();
      return undefined;
    }
    const more = extra === null ? {} : extra.read();
    return more === undefined ? undefined : { reason: reason === "" ? undefined : reason, ...more };
  }

  return ask({
    title, confirm, danger, read, perform,
    content: [
      note && h("p", {}, note),
      extra?.element,
      policy !== "off" && [
        choices.length > 0 && h("fieldset", { class: "choices tall" }, h("legend", {}, "Why?"), choices),
        h("p", { class: "field" },
          h("label", { for: "reason-words" }, choices.length > 0 ? "In other words" : "Why?", !required && " (optional)"), words),
        fault,
      ],
    ],
  });
}
