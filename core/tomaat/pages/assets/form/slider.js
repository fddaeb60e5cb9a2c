/* A number in a range: a slider and a number field, in step with each other. The number is what is sent. */

export class SliderControl {
  missing = "Set a number.";

  constructor(field, root, { changed }) {
    this.field = field;
    [this.range, this.target] = root.querySelectorAll("input");
    this.reset = root.querySelector("button");
    // a slider without steps of its own moves in round numbers
    this.range.step = field.step ?? 10 ** Math.floor(Math.log10((field.maximum - field.minimum) / 100));
    this.default = field.default ?? null;
    this.range.addEventListener("input", () => (this._show(this.range.value), changed()));
    this.target.addEventListener("input", () => (this._follow(), changed()));
    this.reset.addEventListener("click", () => (this.set(this.default === null ? "" : `${this.default}`), changed(), this.target.focus()));
    this.set(this.default === null ? "" : `${this.default}`);
  }

  set(text) {
    this._show(text);
    this.range.value = text === "" ? this.field.minimum : text;
  }

  _show(text) {
    this.target.value = text;
    this._follow(false);
  }

  _follow(move = true) {
    const text = this.target.value;
    if (move && text !== "") this.range.value = text;
    this.range.classList.toggle("unset", text === "");
    this.range.setAttribute("aria-valuetext", text === "" ? "not set" : `${text} ${this.field.units ?? ""}`.trim());
    this.reset.hidden = text === (this.default === null ? "" : `${this.default}`) && !this.target.validity.badInput;
  }

  get empty() {
    return this.target.value === "" && !this.target.validity.badInput;
  }

  value() {
    return this.target.value;
  }

  problem() {
    if (this.empty) return "";
    const { minimum, maximum, units } = this.field;
    const number = Number(this.target.value);
    const inside = !this.target.validity.badInput && number >= minimum && number <= maximum;
    return inside ? "" : `This must be a number from ${minimum} to ${maximum}${units ? ` ${units}` : ""}.`;
  }
}
