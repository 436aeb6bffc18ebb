// How the page says that something went wrong.

import { Problem } from "./api.js";
import { h } from "./dom.js";
import { person } from "./people.js";
import { moment, readable } from "./words.js";

/** A problem document as people read it: what happened, what would clear it, what is in the way, which rule says so. */
export function problemBox(error) {
  if (!(error instanceof Problem)) throw error;
  const { changes = [], blockers = [] } = error.document;
  return h("section", { class: "problem", role: "alert" },
    h("h2", {}, sentence(error)),
    error.status === 412 && h("p", {}, "Nothing was changed. What you see now is how it is."),
    changes.length > 0 && h("ul", { class: "changes" }, changes.map((change) => h("li", {},
      person(change.actor), " changed ", changed(change), ", ", moment(change.at)))),
    blockers.length > 1 && h("ul", {}, blockers.map((each) => h("li", {}, each.what ?? `${each.title} (${readable(each.state).toLowerCase()})`))),
    error.errors.length > 0 && h("ul", {}, error.errors.map((fault) => h("li", {}, h("code", {}, fault.pointer ?? fault.parameter), ` ${fault.detail}`))),
    error.clear && h("p", { class: "clear" }, error.clear),
    h("p", { class: "fine" },
      error.rule && `Rule ${error.rule}. `,
      error.requestId && `Request ${error.requestId}.`));
}

/** What a change changed, in words. What a move of a step brings with it is the move. */
function changed({ changed: names }) {
  if (names.includes("state")) return "its state";
  return names.map((name) => readable(name).toLowerCase()).join(", ");
}

/** What happened, in one sentence. */
export function sentence(error) {
  if (error.status === 412) return "Someone else changed this in the meantime.";
  return error.detail ?? error.title;
}

/** The line under the bar that says what is wrong while the page goes on showing what it has; null takes it away. */
export function notice(error) {
  const line = document.getElementById("notice");
  line.hidden = error === null;
  line.textContent = error === null ? "" : [error.title, error.detail, error.clear].filter(Boolean).join(". ");
}
