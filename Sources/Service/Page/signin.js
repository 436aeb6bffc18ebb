// Sign-in: org, e-mail, password.

import { signIn } from "./api.js";
import { h, replace } from "./dom.js";
import { problemBox } from "./problem.js";

const remembered = "traveler.org";

/** The form. `enter` is called when the session stands. */
export function signInView(enter) {
  const org = field("org", "Org", { autocomplete: "organization", autocapitalize: "none", spellcheck: "false" });
  const email = field("email", "E-mail", { type: "email", autocomplete: "username" });
  const password = field("password", "Password", { type: "password", autocomplete: "current-password" });
  const fault = h("div", {});
  const button = h("button", { type: "submit", class: "primary" }, "Sign in");
  org.input.value = localStorage.getItem(remembered) ?? "";

  const show = h("input", { type: "checkbox", id: "show", onchange: () => { password.input.type = show.checked ? "text" : "password"; } });

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    button.textContent = "Signing in …";
    replace(fault);
    try {
      await signIn(org.input.value.trim(), email.input.value.trim(), password.input.value);
      localStorage.setItem(remembered, org.input.value.trim());
      await enter();
    } catch (error) {
      replace(fault, problemBox(error));
      password.input.select();
    } finally {
      button.disabled = false;
      button.textContent = "Sign in";
    }
  }

  const element = h("form", { class: "sheet sign-in", onsubmit: submit },
    h("h1", {}, "Sign in"), fault, org.element, email.element, password.element,
    h("label", { class: "check", for: "show" }, show, "Show password"), button);
  return {
    element,
    start: () => (org.input.value === "" ? org.input : email.input).focus(),
  };
}

function field(name, label, attributes) {
  const input = h("input", { id: name, name, required: true, type: "text", ...attributes });
  return { input, element: h("p", { class: "field" }, h("label", { for: name }, label), input) };
}
