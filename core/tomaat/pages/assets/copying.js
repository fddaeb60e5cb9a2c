/* A button beside each command that copies it. */

import { copy, el, say } from "./dom.js";

for (const code of document.querySelectorAll("pre.copied > code")) {
  const button = el("button", { type: "button", class: "plain small", onclick: take }, "Copy");
  code.parentElement.append(button);

  async function take() {
    const done = await copy(code.textContent);
    button.textContent = done ? "Copied" : "Select it, and copy it by hand";
    say(button.textContent);
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }
}
