/** What is shown in place of the viewer where NiiVue or WebGL 2 is missing: slices that the host draws, after the job. */
import { element } from "./dom.js";

const WHY = {
  true: "This browser can't draw in 3-D (WebGL 2 is missing or switched off), so the host draws plain slices of the result.",
  false: "This host was built without the viewer, so it draws plain slices of the result.",
};
const LATER = "The scan is shown with the result.";
const TILES = 32;
const PLANES = { axial: "Axial slice", coronal: "Coronal slice", sagittal: "Sagittal slice" };

/**
 * The same interface as the viewer's; what needs 3-D does nothing.
 *
 * @param {HTMLElement} container
 * @param {{say?: (text: string) => void, built?: boolean}} [options] `built`: whether the host has the viewer, so that it is
 *   the browser that lacks something.
 */
export async function openSlices(container, { say = () => {}, built = true } = {}) {
  return new Slices(container, say, WHY[Boolean(built)]);
}

class Slices extends EventTarget {
  #keys = new Set();

  constructor(container, say, why) {
    super();
    this.say = say;
    this.message = element("p", { class: "slices-message" });
    this.place = element("div", { class: "slices" });
    this.root = element("div", { class: "viewer-slices" }, element("p", { class: "slices-why" }, why), this.message, this.place);
    container.append(this.root);
    say(why);
  }

  async showVolume(key, source) {
    this.#keys.add(key);
    if (!source?.url && !this.place.childElementCount) {
      this.message.textContent = LATER;
      this.say(LATER);
    }
  }

  async showLabels(key) { this.#keys.add(key); }
  async showMesh() {}
  showPoints() {}
  placePoints() {}
  goTo() {}
  alone() {}
  switch() {}
  async beside() { return this; }
  keys() { return [...this.#keys]; }
  has(key) { return this.#keys.has(key); }
  remove(key) { this.#keys.delete(key); }

  clear() {
    this.#keys.clear();
    this.message.textContent = "";
    this.place.replaceChildren();
  }

  close() { this.root.remove(); }

  /**
   * @param {{url: (plane: string, over: string) => string, overs: {key: string, title: string}[]}} what `url` gives a strip of
   *   32 tiles, one below the other.
   */
  showSlices({ url, overs }) {
    this.message.textContent = "";
    const choice = element("select", {}, ...overs.map(({ key, title }) => element("option", { value: key }, title)));
    const panes = Object.entries(PLANES).map(([plane, label]) => pane(plane, label, (over) => url(plane, over)));
    const load = () => panes.forEach((one) => one.load(choice.value));
    choice.onchange = load;
    const over = overs.length > 1 ? element("label", { class: "slices-over" }, "Shown over the scan: ", choice) : null;
    this.place.replaceChildren(...[over].filter(Boolean), ...panes.map((one) => one.element));
    load();
  }
}

/** One plane: a window on the strip, which moves with its slider. */
function pane(plane, label, url) {
  const strip = element("img", { alt: `${label}s of the result`, draggable: false });
  const range = element("input", { type: "range", min: 1, max: TILES, value: TILES / 2, "aria-label": label });
  const said = element("output", {});
  const turn = () => {
    strip.style.transform = `translateY(${(-100 * (range.valueAsNumber - 1)) / TILES}%)`;
    said.textContent = `${label}: picture ${range.value} of ${TILES}`;
    range.setAttribute("aria-valuetext", said.textContent);
  };
  range.oninput = turn;
  const frame = element("div", { class: "slices-frame" }, strip);
  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    range.valueAsNumber += Math.sign(event.deltaY);
    turn();
  }, { passive: false });
  strip.onerror = () => { said.textContent = "The host did not draw these slices; load the page again."; };
  turn();
  return {
    element: element("figure", { class: `slices-${plane}` }, frame, element("figcaption", {}, range, said)),
    load: (over) => { strip.src = url(over); },
  };
}
