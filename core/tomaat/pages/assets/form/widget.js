/* A control that a plugin brings for its own kind of element. */

/**
 * The control that `field.widget` makes, in place of the page's own; throws where it can't be had.
 *
 * The module gives `export default function (field) { return { element, value(), set(value) } }`, and its element fires
 * a bubbling `input` event when the value changes.
 */
export async function openWidget(field, root, { changed }) {
  const { default: make } = await import(field.widget);
  const made = make({ ...field, describedBy: `${field.id}-wrong${field.help ? ` ${field.id}-help` : ""}` });
  if (!(made?.element instanceof HTMLElement)) throw new Error("The widget gives no element.");
  root.querySelector(".control").replaceChildren(made.element);
  made.element.addEventListener("input", changed);
  return new WidgetControl(field, made);
}

class WidgetControl {
  missing = "Fill this in.";

  constructor(field, made) {
    this.field = field;
    this.made = made;
    this.target = made.element.matches("input, select, textarea, button") ? made.element : (made.element.querySelector("input, select, textarea, button, [tabindex]") ?? made.element);
    if ((field.default ?? null) !== null) this.set(field.default);
  }

  set(value) {
    try {
      this.made.set(value);
    } catch (error) {
      console.error(error);
    }
  }

  get empty() {
    const value = this._read();
    return value === null || value === undefined || value === "";
  }

  value() {
    const value = this._read();
    return value instanceof Blob ? "" : `${value ?? ""}`;
  }

  async entry() {
    const value = this._read();
    return value instanceof Blob ? [value, value.name ?? "file"] : [`${value}`];
  }

  problem() {
    try {
      this.made.value();
      return "";
    } catch (error) {
      console.error(error);
      return "The plugin's own control for this field does not work. Tell the plugin's author.";
    }
  }

  _read() {
    try {
      return this.made.value();
    } catch {
      return null;
    }
  }
}
