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
    this.document = document;
  }
}

/** Set by the page's frame: called on every 401 but the sign-in's own. */
export const session = { lost: () => {} };

/** How long a write may go unanswered, in milliseconds: a dead network says nothing by itself. */
const patience = 20_000;
/** How long to wait before each further try of a write that got no answer, in milliseconds. */
const pauses = [700, 2_000, 5_000];

async function send(method, path, { body, bytes, headers = {}, signal } = {}) {
  const options = { method, signal, credentials: "same-origin", headers: { accept: "application/json", ...headers } };
  if (method !== "GET") options.headers["x-traveler-csrf"] = "1";
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["content-type"] = "application/json";
  }
  if (bytes !== undefined) {
    options.body = bytes;
    options.headers["content-type"] = "application/octet-stream";
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

/** All items of a list, page after page: for what there is little of, such as work centers. */
export async function getAll(path, parameters = {}, signal) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, { ...parameters, limit: 200, cursor }, signal);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
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

/** The keys of writes that never got an answer, by what they asked: asked again, each is done once. */
const unanswered = new Map();

/** A random UUID. `crypto.randomUUID` is there in a secure context only, and a tablet may reach the service without one. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/**
 * A write of JSON (`body`) or of a part of a file (`bytes`), answered by its JSON. With `version` it is refused (412) when the record has changed since. What gets no
 * answer is tried again, a POST under the same key, so that it is done once; `waiting` is told before each such try.
 */
export async function write(method, path, { body, bytes, version, waiting = () => {} } = {}) {
  const intent = `${path} ${JSON.stringify({ ...body, password: undefined })}`;
  const headers = {};
  if (version !== undefined) headers["if-match"] = `"${version}"`;
  if (method === "POST") {
    headers["idempotency-key"] = unanswered.get(intent) ?? uuid();
    unanswered.set(intent, headers["idempotency-key"]);
  }
  for (let attempt = 0; ; attempt += 1) {
    try {
      const response = await send(method, `v1/${path}`, { body, bytes, headers, signal: timeout() });
      const answer = await response.json();
      unanswered.delete(intent);
      return answer;
    } catch (caught) {
      const problem = caught instanceof Problem ? caught : new Problem(0, {
        title: "The service did not answer in time", clear: "It may or may not have been done. Try again: it is done once.",
      });
      if (![0, 502, 503, 504].includes(problem.status)) unanswered.delete(intent);
      else if (attempt < pauses.length) {
        waiting(problem);
        await new Promise((resume) => { setTimeout(resume, pauses[attempt]); });
        continue;
      }
      throw problem;
    }
  }
}

function timeout() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), patience);
  return controller.signal;
}

export async function signIn(org, email, password) {
  await send("POST", "v1/sign-in", { body: { org, email, password } });
}

export async function signOut() {
  await send("POST", "v1/sign-out");
}
