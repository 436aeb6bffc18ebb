// Records that others name by their ids, by what people call them; each is asked for once.

import { address, get } from "./api.js";
import { h } from "./dom.js";
import { partName } from "./words.js";

const asked = new Map();

function known(path) {
  if (!asked.has(path)) {
    const answer = get(path);
    answer.catch(() => asked.delete(path));
    asked.set(path, answer);
  }
  return asked.get(path);
}

/** Forgets all of them: the next session may be another org's. */
export function forgetNames() {
  asked.clear();
}

/** A part by number, revision and name, as the way to what there is of it. */
export function partNamed(id) {
  const shown = h("a", { class: "named" }, "…");
  known(`parts/${encodeURIComponent(id)}`).then((part) => {
    shown.textContent = `${partName(part)}, ${part.name}`;
    shown.href = `#/find/${encodeURIComponent(part.part_number)}`;
  }).catch(() => { shown.textContent = id; });
  return shown;
}

/** A file by its name, as the way to its content. */
export function fileNamed(id) {
  const path = `attachments/${encodeURIComponent(id)}`;
  const shown = h("a", { class: "named", href: address(`${path}/content`), target: "_blank", rel: "noopener" }, "…");
  known(path).then((file) => { shown.textContent = file.file_name; }).catch(() => { shown.textContent = "Open the file"; });
  return shown;
}
