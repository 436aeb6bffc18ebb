// Signing: where the org asks for it, whoever signs gives their password again.

import { write } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { me } from "./me.js";

/** A write that signs. The password is asked for when the service says so; leaving that dialog leaves the act: null. */
export async function signed(method, path, options) {
  try {
    return await write(method, path, options);
  } catch (error) {
    if (error.code !== "signature_password_missing") throw error;
  }
  const password = h("input", { type: "password", id: "sign-password", autocomplete: "current-password" });
  const fault = h("p", { class: "fault", role: "alert" });
  const done = await ask({
    title: `Sign as ${me().name}`, confirm: "Sign",
    content: [
      h("p", {}, "Your password stands for your hand."),
      h("p", { class: "field" }, h("label", { for: "sign-password" }, "Password"), password), fault,
    ],
    read() {
      if (password.value !== "") return password.value;
      fault.textContent = "Type your password.";
      password.focus();
      return undefined;
    },
    perform: (given) => write(method, path, { ...options, body: { ...options.body, password: given } }),
  });
  return done === null ? null : done.answer;
}
