/* Elements made in code: text is always text, never markup. */

/**
 * An element with attributes, listeners (`onclick`), properties that have no attribute (`.value`), and children.
 * `null` and `false` leave an attribute or a child out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) element[name.slice(1)] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Have a screen reader say a sentence, without moving the focus. */
export function say(text) {
  const id = "said";
  const region = document.getElementById(id) ?? el("p", { id, class: "unseen", role: "status", "aria-live": "polite" });
  if (!region.isConnected) document.body.append(region);
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}

/** Put a text on the clipboard; resolves to whether that worked. Pages without HTTPS have no clipboard of their own. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => copyBySelection(text));
  return copyBySelection(text);
}

function copyBySelection(text) {
  const box = el("textarea", { class: "unseen", readonly: true, ".value": text });
  const focused = document.activeElement;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  focused?.focus();
  return done;
}
