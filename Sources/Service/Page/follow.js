// Following records while the page is in view: each is asked for with the tag that the page holds, so that nothing is
// sent, and nothing drawn, while it stays as it is.

import { getIfChanged } from "./api.js";
import { notice } from "./problem.js";

/** How often a visible page asks, in milliseconds; and how often while that fails. */
const every = 4_000;
const everyAfterFailure = 10_000;

/** A record at a path below `v1/`: `check()` answers whether it has another value than before. */
export function record(path, stopped) {
  let tag = null;
  const kept = {
    value: null,
    async check() {
      const answer = await getIfChanged(path, tag, stopped);
      tag = answer.tag;
      if (answer.value === null) return false;
      kept.value = answer.value;
      return true;
    },
  };
  return kept;
}

/**
 * Calls `check` again and again while the page is in view, and at once when it comes into view. `start()` begins,
 * `now()` calls it out of turn, `stop()` ends it.
 */
export function follow(check, stopped) {
  let timer = null;

  async function poll() {
    clearTimeout(timer);
    if (document.visibilityState !== "visible" || stopped.aborted) return;
    let wait = every;
    try {
      await check();
      notice(null);
    } catch (error) {
      if (error.name === "AbortError" || error.status === 401) return;
      notice(error);
      wait = everyAfterFailure;
    }
    clearTimeout(timer);
    if (!stopped.aborted) timer = setTimeout(poll, wait);
  }

  return {
    start() {
      document.addEventListener("visibilitychange", poll);
      timer = setTimeout(poll, every);
    },
    now: poll,
    stop() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", poll);
    },
  };
}
