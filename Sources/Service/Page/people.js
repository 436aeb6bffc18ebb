// Names for the actors that records name by `user:ID`; each is asked for once.

import { get } from "./api.js";
import { h } from "./dom.js";

const names = new Map();

/** The name of an actor, filled in when it is known; what is not a user (`system:JOB`) is named as it is. */
export function person(actor) {
  const [kind, id] = actor.split(":", 2);
  if (kind !== "user") return actor;
  const shown = h("span", {}, names.get(id)?.known ?? "…");
  if (!names.get(id)?.known) known(id).then((name) => { shown.textContent = name; });
  return shown;
}

function known(id) {
  if (!names.has(id)) {
    const entry = { known: null };
    entry.asked = get(`users/${encodeURIComponent(id)}`).then((user) => {
      entry.known = user.name;
      return user.name;
    }).catch(() => {
      names.delete(id);
      return "someone";
    });
    names.set(id, entry);
  }
  return names.get(id).asked;
}

/** Forgets everyone: the next session may be another org's. */
export function forgetPeople() {
  names.clear();
}
