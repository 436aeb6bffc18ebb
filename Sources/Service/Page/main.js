// The frame: who is signed in, which view the address names, what goes wrong.

import { get, session, signOut } from "./api.js";
import { attributesView } from "./attributesview.js";
import { batchView } from "./batch.js";
import { batchesView } from "./batches.js";
import { calendarView } from "./calendars.js";
import { centersView } from "./centers.js";
import { forgetDefinitions } from "./definitions.js";
import { h, replace } from "./dom.js";
import { findView } from "./find.js";
import { may, me, setMe } from "./me.js";
import { forgetNames } from "./named.js";
import { forgetPeople } from "./people.js";
import { planView } from "./plan.js";
import { notice, problemBox } from "./problem.js";
import { queueView } from "./queue.js";
import { replanView } from "./replan.js";
import { rollupsView } from "./rollups.js";
import { runView } from "./run.js";
import { runsView } from "./runs.js";
import { scanForm } from "./scan.js";
import { signInView } from "./signin.js";
import { stepView } from "./step.js";
import { timelineView } from "./timeline.js";
import { unitView } from "./unit.js";

const main = document.getElementById("main");
const bar = document.getElementById("bar");

/** The views by the first word of their address. `#/runs/ID/SECTION?status=hold` has path [ID, SECTION]. */
const views = {
  runs: (path, query) => (path.length > 0 ? runView(path, query) : runsView(query)),
  batches: (path, query) => (path.length > 0 ? batchView(path) : batchesView(query)),
  steps: stepView, work: queueView, timeline: timelineView, plan: planView, replan: replanView,
  rollups: rollupsView, centers: centersView, calendars: calendarView, find: findView, units: unitView, attributes: attributesView,
};

/** Kept while a session should stand: its cookie is out of a script's sight, and a stranger need not be refused first. */
const signedIn = "traveler.signed-in";

let view = null;

/** Shows what the address names. A view that shows that record already is only told of the new address. */
async function route() {
  if (me() === null) return showSignIn();
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const words = path.split("/").filter((word) => word !== "").map(decoded);
  const [name = may("run_step.update") ? "work" : "runs", ...rest] = words;
  const parameters = new URLSearchParams(query);
  if (view?.goesTo?.(name, rest, parameters)) return;
  leave();
  for (const link of bar.querySelectorAll("nav a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const make = Object.hasOwn(views, name) ? views[name] : null;
  if (make === null) {
    replace(main, h("h1", { tabindex: "-1" }, "There is no such page"), h("p", {}, h("a", { href: "#/runs" }, "All runs")));
    return;
  }
  const next = make(rest, parameters);
  view = next;
  replace(main, next.element);
  window.scrollTo(0, 0);
  try {
    await next.start();
  } catch (error) {
    // Another view, or the sign-in, may have taken its place meanwhile.
    if (view === next && error.name !== "AbortError") replace(main, problemBox(error));
  }
  // Not out of the hand of whoever scans while the view fills.
  const isScanning = document.activeElement?.id === "scan";
  if (view === next && !isScanning && !main.contains(document.activeElement)) main.querySelector("h1")?.focus({ preventScroll: true });
}

function decoded(word) {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

function leave() {
  view?.stop?.();
  view = null;
  notice(null);
}

function showBar() {
  const user = me();
  const link = (href, text) => h("a", { href }, text);
  replace(bar,
    h("a", { class: "brand", href: "#/" }, h("img", { src: "page/icon.svg", alt: "", width: 36, height: 36 }), h("span", {}, "Traveler")),
    user && h("nav", { "aria-label": "Main" }, link("#/work", "My work"), link("#/runs", "Runs"), link("#/timeline", "Timeline"), link("#/batches", "Batches")),
    user && scanForm(async (text) => await view?.scanned?.(text) ?? false),
    user && h("p", { class: "who" }, h("span", { class: "name" }, user.name), h("span", { class: "org" }, user.org.name)),
    user && h("button", { type: "button", class: "quiet", onclick: leaveService }, "Sign out"));
}

function showSignIn() {
  leave();
  forgetDefinitions();
  forgetNames();
  forgetPeople();
  localStorage.removeItem(signedIn);
  document.title = "Sign in · Traveler";
  showBar();
  const form = signInView(enter);
  replace(main, form.element);
  form.start();
}

/** Asks who the session's user is, then shows what the address names. */
async function enter() {
  setMe(await get("me"));
  localStorage.setItem(signedIn, "");
  showBar();
  await route();
}

async function leaveService() {
  // What is still being asked for is given up first: the session's end would only have it refused.
  leave();
  try {
    await signOut();
  } catch (error) {
    if (error.status !== 401) {
      await route();
      return notice(error);
    }
  }
  setMe(null);
  showSignIn();
}

session.lost = () => {
  const wasIn = me() !== null;
  setMe(null);
  if (wasIn) showSignIn();
};

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", route);
window.addEventListener("beforeunload", (event) => {
  if (view?.unsaved?.()) event.preventDefault();
});

showBar();
try {
  if (localStorage.getItem(signedIn) === null) showSignIn();
  else await enter();
} catch (error) {
  if (error.status === 401) showSignIn();
  else replace(main, problemBox(error), h("button", { type: "button", onclick: () => location.reload() }, "Try again"));
}
