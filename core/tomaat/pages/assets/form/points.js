/* Points, placed by clicking in the viewer or typed by hand. They are LPS millimetres, and are shown by directions. */

import { el } from "../dom.js";

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
const AXES = [
  ["L", "R"],
  ["P", "A"],
  ["S", "I"],
];

export class PointsControl {
  missing = "Place at least one point.";

  /** @param {{changed: () => void, say: (text: string) => void, viewer: () => object | undefined, moved: (points) => void}} form */
  constructor(field, root, { changed, say, viewer, moved }) {
    Object.assign(this, { field, say, viewer, changed, moved, points: [], before: [], refusal: "" });
    this.list = root.querySelector("ol");
    [this.place, this.undo, this.clear, this.add] = root.querySelectorAll("button");
    this.target = this.place;
    this.typed = root.querySelector("input");
    this.place.addEventListener("click", () => this.placing(this.place.getAttribute("aria-pressed") !== "true"));
    this.undo.addEventListener("click", () => this._become(this.before.pop() ?? [], "Undone", false));
    this.clear.addEventListener("click", () => this._become([], "All points are removed"));
    this.add.addEventListener("click", () => this._addTyped());
    this.typed.addEventListener("input", () => ((this.refusal = ""), changed()));
    this.typed.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), this._addTyped()));
    this._show();
  }

  /** Begin or end to place points in the viewer. */
  placing(on) {
    const viewer = this.viewer();
    if (on && !viewer) {
      this.say("The viewer is not there yet; points can be typed.");
      return;
    }
    this.place.setAttribute("aria-pressed", `${on}`);
    this.place.textContent = on ? "Stop placing points" : "Place points";
    viewer?.placePoints(on ? (point) => this._become([...this.points, point], `Point ${this.points.length + 1}: ${spoken(point)}`) : null);
  }

  _addTyped() {
    const points = parse(this.typed.value);
    if (points?.length) {
      this.typed.value = "";
      this._become([...this.points, ...points], `${points.length === 1 ? "The point is" : "The points are"} added`);
    } else {
      this.refusal = "Type points as x, y, z in millimetres, such as -12.5, 40, 8.";
      this.changed();
      this.typed.focus();
    }
  }

  _become(points, told, keep = true) {
    if (keep) this.before.push(this.points);
    this.points = points;
    this.refusal = "";
    this._show();
    this.say(told);
    this._moved();
  }

  /** Take a point away. */
  remove(index) {
    this._become(this.points.filter((_, other) => other !== index), `Point ${index + 1} is removed`);
  }

  _show() {
    this.list.replaceChildren(...this.points.map((point, index) => this._row(point, index)));
    this.list.hidden = !this.points.length;
    this.undo.disabled = !this.before.length;
    this.clear.disabled = !this.points.length;
  }

  _row(point, index) {
    const remove = () => {
      this.remove(index);
      (this.list.children[Math.min(index, this.points.length - 1)]?.lastChild ?? this.place).focus();
    };
    return el(
      "li",
      {},
      el("button", { type: "button", class: "plain point", title: "Go there", onclick: () => this.viewer()?.goTo(point) }, spoken(point)),
      el("button", { type: "button", class: "plain remove", "aria-label": `Remove point ${index + 1}`, title: "Remove", onclick: remove }, "✕"),
    );
  }

  set(text) {
    this.points = parse(text) ?? [];
    this._show();
    this._moved();
  }

  _moved() {
    this.changed();
    this.moved(this.points);
  }

  get empty() {
    return !this.points.length && !this.typed.value.trim();
  }

  value() {
    return this.points.map((point) => point.join(",")).join(";");
  }

  problem() {
    return this.refusal || (this.typed.value.trim() ? "Press Add, or clear what is typed here." : "");
  }
}

/** Points from "x, y, z; x, y, z"; null where the text is anything else. */
function parse(text) {
  const points = text.split(";").filter((part) => part.trim()).map((part) => part.trim().split(/\s*,\s*|\s+/));
  const good = points.every((point) => point.length === 3 && point.every((number) => NUMBER.test(number)));
  return good ? points.map((point) => point.map(Number)) : null;
}

function spoken(point) {
  return point.map((value, axis) => `${AXES[axis][value < 0 ? 1 : 0]} ${Math.abs(value).toFixed(1)}`).join("  ");
}
