// Applying what was looked at (H3): as it was seen, or not at all.

import { write } from "./api.js";

/** What is said where it is not so any more. */
export const changedWords = "Nothing was changed. Since you looked, the schedule, the work or the hour has moved on: below is what would be now. Apply that, if it is right.";

/** How long a look holds, in milliseconds, and how far time alone may carry what it showed: that is no other plan. */
const tolerance = 5 * 60_000;

/** Whether two looks have the same steps at the same times; `times(plan)` are [id, start, end], as the API tells them. */
function isSame(one, other, times) {
  const before = new Map(times(one).map(([id, ...at]) => [id, at]));
  const after = times(other);
  const isNear = (first, second) => first === second || (first !== null && second !== null && Math.abs(Date.parse(first) - Date.parse(second)) <= tolerance);
  return before.size === after.length && after.every(([id, ...at]) => before.has(id) && at.every((time, index) => isNear(time, before.get(id)[index])));
}

/**
 * Applies the plan `seen`, which was looked at when `seenAt` says. Where others have changed since what it was made of,
 * `look()` is asked again: if it comes to the same, that is applied; else nothing is, and the new plan is answered as
 * `changed`. The answer of the act is `done`.
 */
export async function applyAsSeen({ path, body, seen, seenAt, look, times }) {
  let plan = seen;
  let isStale = Date.now() - seenAt > tolerance;
  for (let attempt = 0; ; attempt += 1) {
    if (isStale) {
      plan = await look();
      if (!isSame(seen, plan, times)) return { changed: plan };
    }
    try {
      return { done: await write("POST", path, { body: { ...body, basis: plan.basis } }) };
    } catch (error) {
      if (error.code !== "schedule_changed" || attempt === 2) throw error;
      isStale = true;
    }
  }
}
