/* The small controls: a box to tick, a choice, a text. */

export class CheckboxControl {
  missing = "Tick it, or not.";

  constructor(field, root, { changed }) {
    this.target = root.querySelector("input");
    this.touched = field.required || (field.default ?? null) !== null; // else it is left out until it is touched
    this.target.addEventListener("input", () => ((this.touched = true), changed()));
  }

  set(text) {
    this.touched = true;
    this.target.checked = /^(true|1|on)$/i.test(text);
  }

  get empty() {
    return !this.touched;
  }

  value() {
    return `${this.target.checked}`;
  }

  problem() {
    return "";
  }
}

export class RadioControl {
  missing = "Choose one of these.";

  constructor(field, root, { changed }) {
    this.buttons = [...root.querySelectorAll("input")];
    this.target = this.buttons[0];
    for (const button of this.buttons) button.addEventListener("input", changed);
  }

  set(text) {
    for (const button of this.buttons) button.checked = button.value === text;
  }

  get empty() {
    return !this.value();
  }

  value() {
    return this.buttons.find(({ checked }) => checked)?.value ?? "";
  }

  problem() {
    return "";
  }
}

/** A text, and a choice from a list. */
export class TextControl {
  missing = "Fill this in.";

  constructor(field, root, { changed }) {
    this.target = root.querySelector("input, select");
    this.target?.addEventListener("input", changed);
  }

  set(text) {
    const known = this.target && (!this.target.options || [...this.target.options].some(({ value }) => value === text));
    if (known) this.target.value = text;
  }

  get empty() {
    return !this.value();
  }

  value() {
    return this.target?.value ?? "";
  }

  problem() {
    return "";
  }
}
