// What the org defined as attributes of its records (F1). It changes seldom: what was asked for a moment ago is as good.

import { getAll } from "./api.js";

/** How long an answer is as good as a new one, in milliseconds. */
const fresh = 15_000;
const asked = new Map();

/** All definitions of a kind of record by their labels, archived ones too: a record may have their values. */
export async function definitionsOf(record) {
  const last = asked.get(record);
  if (last !== undefined && Date.now() - last.at < fresh) return last.answer;
  const answer = all(record);
  asked.set(record, { at: Date.now(), answer });
  answer.catch(() => asked.delete(record));
  return answer;
}

async function all(record) {
  const found = await getAll("attribute-definitions", { record });
  return found.sort((one, other) => one.label.localeCompare(other.label, undefined, { numeric: true, sensitivity: "base" }));
}

/** Forgets them: one was changed here, or the next session may be another org's. */
export function forgetDefinitions() {
  asked.clear();
}
