// Files and photos: sent in parts that may be sent again, so that a lost connection costs a part and not the file (P4).

import { address, write } from "./api.js";
import { announce, h, replace } from "./dom.js";
import { lacks } from "./me.js";
import { person } from "./people.js";
import { problemBox } from "./problem.js";
import { moment } from "./words.js";

/** Sends a file to what `owner` names; answers the attachment. `progress` is told the share that has come, 0 to 1. */
async function upload(owner, file, progress) {
  const declared = await write("POST", "attachment-uploads", {
    body: { ...owner, file_name: file.name || "photo.jpg", content_type: file.type || "application/octet-stream", byte_size: file.size },
  });
  const path = `attachment-uploads/${encodeURIComponent(declared.id)}`;
  for (let part = 1; part <= declared.parts; part += 1) {
    const from = (part - 1) * declared.part_size;
    await write("PUT", `${path}/parts/${part}`, { bytes: await file.slice(from, from + declared.part_size).arrayBuffer() });
    progress(part / declared.parts);
  }
  return write("POST", `${path}/finish`, { body: {} });
}

/** A button that lets a file be chosen or a photo be taken, and sends it; `done(attachment)` is called when it has come. */
export function filePicker(owner, label, { id, name, done }) {
  const state = h("span", { class: "fine", role: "status" });
  const input = h("input", { type: "file", id, tabindex: "-1", "aria-labelledby": name, class: "unseen", onchange: chosen });
  const button = h("button", { type: "button", onclick: () => input.click() }, label);

  async function chosen() {
    const [file] = input.files;
    if (!file) return;
    button.disabled = true;
    replace(state, "Sending …");
    try {
      const attachment = await upload(owner, file, (share) => replace(state, `Sending … ${Math.round(share * 100)} %`));
      replace(state);
      announce(`${attachment.file_name} is there`);
      await done(attachment);
    } catch (error) {
      replace(state, problemBox(error));
    } finally {
      input.value = "";
      button.disabled = false;
    }
  }

  return { element: h("span", { class: "measure" }, button, input, state), enable: (on) => { button.disabled = !on; } };
}

/** The input of a file field, or of an attribute of its `owner`: its value is the attachment that was sent for it. */
export function fileInput(field, { id, name, commit }) {
  let value = null;
  const shown = h("span", {});
  const picker = filePicker(field.owner ?? { run_step_field_id: field.id }, "Choose a file or take a photo", {
    id, name,
    done(attachment) {
      value = attachment.id;
      replace(shown, link(attachment.id, attachment.file_name));
      commit();
    },
  });
  return {
    element: h("span", { class: "measure" }, picker.element, shown),
    get: () => value,
    set(now) {
      if (now === value) return;
      value = now;
      replace(shown, now !== null && link(now, "Open the file"));
    },
    enable: picker.enable,
  };
}

/** The way to a file's content. */
export function link(id, text) {
  return h("a", { class: "button", href: address(`attachments/${encodeURIComponent(id)}/content`), target: "_blank", rel: "noopener" }, text);
}

/** The files of a step: the children of their section. `changed` is called after one was added. */
export function filesPart(step, isLive, changed) {
  const reason = isLive ? lacks("run_step.update") : "The run is completed: its records are locked.";
  const picker = filePicker({ run_step_id: step.id }, "Add a file or a photo", { id: "step-file", name: "files-title", done: changed });
  picker.enable(reason === null);
  return [
    h("h2", { id: "files-title" }, "Files"),
    step.attachments.length === 0 && h("p", { class: "empty" }, "There are no files."),
    h("ul", { class: "sessions" }, step.attachments.filter((each) => each.archived_at === null).map((each) => h("li", {},
      link(each.id, each.file_name), h("span", { class: "fine" }, size(each.byte_size), ", ", person(each.uploaded_by), ", ", moment(each.created_at))))),
    picker.element, reason && h("p", { class: "why" }, reason),
  ];
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
