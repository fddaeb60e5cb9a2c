/** Elements of the page, made without markup: what a file or an app is called is never parsed as HTML. */

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `class`, `aria-*`, `data-*` and `role` become attributes, functions named
 *   `on...` listeners, all else properties of the element.
 * @param {...(Node | string | null)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (/^(class|role|for|aria-|data-)/.test(name)) made.setAttribute(name, String(value));
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of 20 x 20 that is drawn with lines; screen readers pass over it. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** A button with an icon or a text; `pressed` makes it one that stays down. */
export function button({ label, text, path, pressed, press, shortcut }) {
  const title = shortcut ? `${label} (${shortcut})` : label;
  const made = element("button", { type: "button", title, onclick: press }, path ? icon(path) : text);
  if (path || text !== label) made.setAttribute("aria-label", label);
  if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
  return made;
}

/** A function that runs once in the next frame, however often it is called before. */
export function eachFrame(run) {
  let asked = 0;
  return () => {
    if (!asked) asked = requestAnimationFrame(() => { asked = 0; run(); });
  };
}
