// How the page says that something went wrong.

import { Problem } from "./api.js";
import { h } from "./dom.js";

/** A problem document as people read it: what happened, why, which rule says so, what would clear it. */
export function problemBox(error) {
  if (!(error instanceof Problem)) throw error;
  return h("section", { class: "problem", role: "alert" },
    h("h2", {}, error.title),
    error.detail && h("p", {}, error.detail),
    error.errors.length > 0 && h("ul", {}, error.errors.map((fault) => h("li", {}, h("code", {}, fault.pointer ?? fault.parameter), ` ${fault.detail}`))),
    error.clear && h("p", { class: "clear" }, error.clear),
    h("p", { class: "fine" },
      error.rule && `Rule ${error.rule}. `,
      error.requestId && `Request ${error.requestId}.`));
}

/** The line under the bar that says what is wrong while the page goes on showing what it has; null takes it away. */
export function notice(error) {
  const line = document.getElementById("notice");
  line.hidden = error === null;
  line.textContent = error === null ? "" : [error.title, error.detail, error.clear].filter(Boolean).join(". ");
}
