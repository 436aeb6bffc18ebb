// The service's API, as the page uses it: same origin, the session's cookie, problem documents as errors.

/** A refusal of the API (RFC 9457), or the lack of any answer: then `status` is 0. */
export class Problem extends Error {
  constructor(status, document) {
    super(document.title ?? "The service gave no reason");
    this.status = status;
    this.title = this.message;
    this.code = document.code ?? null;
    this.detail = document.detail ?? null;
    this.rule = document.rule ?? null;
    this.clear = document.clear ?? null;
    this.errors = document.errors ?? [];
    this.requestId = document.request_id ?? null;
  }
}

/** Set by the page's frame: called on every 401 but the sign-in's own. */
export const session = { lost: () => {} };

async function send(method, path, { body, headers = {}, signal } = {}) {
  const options = { method, signal, credentials: "same-origin", headers: { accept: "application/json", ...headers } };
  if (method !== "GET") options.headers["x-traveler-csrf"] = "1";
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  // The browser's own cache is out of it: the page asks with the tag it holds, and draws what comes.
  options.cache = "no-store";
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { title: "The service can't be reached", clear: "Check the network. The page tries again by itself." });
  }
  if (response.ok || response.status === 304) return response;
  const problem = new Problem(response.status, await problemDocument(response));
  if (response.status === 401 && path !== "v1/sign-in") session.lost();
  throw problem;
}

async function problemDocument(response) {
  try {
    return await response.json();
  } catch {
    return { title: `The service answered ${response.status}` };
  }
}

/** The JSON at a path below `v1/`. Parameters that are null, undefined or empty are left out. */
export async function get(path, parameters = {}, signal) {
  return (await send("GET", address(path, parameters), { signal })).json();
}

/** The JSON at a path if its entity tag is another than `tag`, else null; with the tag that it has now. */
export async function getIfChanged(path, tag, signal) {
  const response = await send("GET", address(path), { signal, headers: tag ? { "if-none-match": tag } : {} });
  if (response.status === 304) return { value: null, tag };
  return { value: await response.json(), tag: response.headers.get("etag") };
}

/** The bytes at a path, as they are. */
export async function getBytes(path, signal) {
  return (await send("GET", address(path), { signal })).arrayBuffer();
}

/** Where a path below `v1/` is, for a link. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  return [`v1/${path}`, query.toString()].filter((part) => part !== "").join("?");
}

export async function signIn(org, email, password) {
  await send("POST", "v1/sign-in", { body: { org, email, password } });
}

export async function signOut() {
  await send("POST", "v1/sign-out");
}
