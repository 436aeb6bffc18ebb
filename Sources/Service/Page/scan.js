// One field for whatever is scanned or typed. A scanner is a keyboard: when no other field has the focus, its keys go
// here.

import { h } from "./dom.js";

/** The form in the bar. `here` may take what was scanned for what it means in the view: then it answers true. */
export function scanForm(here) {
  const input = h("input", {
    type: "search", id: "scan", name: "scan", maxlength: 100, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
    placeholder: "Scan or type: run, serial, lot, part", enterkeyhint: "go",
  });
  const form = h("form", {
    class: "scan", role: "search", "aria-label": "Scan",
    async onsubmit(event) {
      event.preventDefault();
      const text = input.value.trim();
      if (text === "") return;
      input.value = "";
      input.blur();
      // A view that can't say leaves it to the look-up, which says what is wrong.
      if (await here(text).catch(() => false)) return;
      const wanted = `#/find/${encodeURIComponent(text)}`;
      // The same thing scanned again is looked up again.
      if (location.hash === wanted) window.dispatchEvent(new HashChangeEvent("hashchange"));
      else location.hash = wanted;
    },
  }, h("label", { for: "scan", class: "unseen" }, "Scan or type a run, serial, lot or part number"), input);
  return form;
}

/** Whether what has the focus takes text itself. */
function takesText(element) {
  return element !== null && (element.matches("textarea, select, [contenteditable]")
    || (element.matches("input") && !element.matches("[type=radio], [type=checkbox], [type=button]")));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key.length !== 1 || event.key === " ") return;
  const field = document.getElementById("scan");
  if (field === null || takesText(document.activeElement) || document.querySelector("dialog[open]")) return;
  // The key itself follows the focus into the field.
  field.value = "";
  field.focus();
});
