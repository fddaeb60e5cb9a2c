/** The viewer: images in three planes and in 3-D, with results over them. NiiVue draws. */
import { number, spoken } from "./coordinates.js";
import { element } from "./dom.js";
import { useKeys } from "./keys.js";
import { LayerPanel } from "./layers.js";
import { placing } from "./placing.js";
import { makeToolbar } from "./toolbar.js";
import { View } from "./view.js";

const NO_WEBGL = "This browser can't draw in 3-D (WebGL 2 is missing or switched off), so the scan can't be shown here.";

/**
 * @param {HTMLElement} container empty; the viewer fills it.
 * @param {{say?: (text: string) => void}} [options] `say` gets what a screen reader shall hear.
 * @returns {Promise<Viewer>}
 * @throws {Error} with `code` "no-webgl" where there is no WebGL 2, "no-viewer" where the host has no NiiVue.
 */
export async function openViewer(container, { say = () => {} } = {}) {
  if (!hasWebGL()) throw Object.assign(new Error(NO_WEBGL), { code: "no-webgl" });
  const waiting = element("p", { class: "viewer-message" }, "Loading the viewer …");
  container.append(waiting);
  let niivue;
  try {
    niivue = await import("../vendor/niivue/index.js");
  } catch (cause) {
    throw Object.assign(new Error("The viewer could not be loaded; load the page again.", { cause }), { code: "no-viewer" });
  } finally {
    waiting.remove();
  }
  const viewer = new Viewer(container, niivue, say);
  try {
    await viewer.start();
  } catch (cause) {
    container.replaceChildren();
    throw Object.assign(new Error(NO_WEBGL, { cause }), { code: "no-webgl" });
  }
  return viewer;
}

function hasWebGL() {
  const gl = document.createElement("canvas").getContext("webgl2");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return gl !== null;
}

/** Event "crosshair": `detail` has `mm` (LPS) and `values` ({key, title, value, label} of each image there). */
export class Viewer extends EventTarget {
  layout = "four";
  #other = null;

  constructor(container, niivue, say) {
    super();
    Object.assign(this, { container, niivue, say });
  }

  async start() {
    this.stage = element("div", { class: "viewer-stage" });
    this.side = element("aside", { class: "viewer-side", "aria-label": "Layers" });
    this.root = element("div", { class: "viewer" }, element("div", { class: "viewer-body" }, this.stage, this.side));
    this.container.append(this.root);
    this.main = await this.#open();
    this.toolbar = makeToolbar(this);
    this.root.prepend(this.toolbar.element);
    const { main } = this;
    this.placing = placing(main, this.say);
    for (const name of ["showVolume", "showLabels", "showMesh", "showPoints"]) this[name] = main[name].bind(main);
    this.say("The viewer is ready.");
  }

  async #open(title = "") {
    const view = await View.open(this.niivue, this.say);
    this.stage.append(view.element);
    try {
      await view.start();
    } catch (error) {
      view.element.remove();
      throw error;
    }
    view.panel = new LayerPanel(view, title, (detail) => this.dispatchEvent(new CustomEvent("pointremove", { detail })));
    this.side.append(view.panel.element);
    view.addEventListener("crosshair", ({ detail }) => this.#moved(view, detail));
    view.addEventListener("painted", () => this.#follow(view));
    view.addEventListener("enlarge", ({ detail }) => this.arrange(this.layout === "four" ? detail : "four"));
    view.addEventListener("layers", () => { this.root.classList.toggle("viewer-full", this.views.some((one) => one.layers.size > 0)); this.toolbar?.update(); });
    view.addEventListener("window", () => this.toolbar?.update());
    useKeys(this, view);
    guardContext(view);
    return view;
  }

  get views() {
    return [this.main, this.#other].filter(Boolean);
  }

  /** @param {(view: View) => void} change */
  each(change) {
    this.views.forEach(change);
  }

  has(key) { return this.main.has(key); }
  keys() { return this.main.keys(); }
  remove(key) { this.main.remove(key); }
  clear() { this.alone(); this.main.clear(); }

  /** Whether a layer is switched on. */
  shows(key) { return this.main.layers.get(key)?.shown ?? false; }

  /** Switch a layer on or off. */
  switch(key, shown) {
    const layer = this.main.layers.get(key);
    if (!layer || layer.shown === shown) return;
    layer.shown = shown;
    this.main.panel.tick(layer);
    this.main.refresh(layer);
  }

  goTo(mm) { this.each((view) => view.goTo(mm)); }

  /** @param {((mm: number[]) => void) | null} onPoint gets what is clicked in a plane, or Enter at the crosshair, in LPS. */
  placePoints(onPoint) { this.placing.set(onPoint); }

  arrange(layout) {
    this.layout = layout;
    this.each((view) => view.arrange(layout));
    this.toolbar.update();
  }

  /** A second view of the base beside the first; what is shown in it is shown there alone. */
  async beside(title) {
    this.alone();
    const other = await this.#open(title);
    this.#other = other;
    this.stage.classList.add("viewer-two");
    const base = [...this.main.layers.values()].find(({ image }) => image === this.main.base);
    if (base?.kind === "volume") other.addImage({ ...base });
    const { smooth, crosshair, scanIn3D } = this.main.panes;
    Object.assign(other.panes, { smooth, crosshair, scanIn3D });
    Object.assign(other.panes.opts, { isRadiologicalConvention: this.main.panes.opts.isRadiologicalConvention });
    other.arrange(this.layout);
    this.#follow(this.main);
    return other;
  }

  alone() {
    this.#other?.panel.element.remove();
    this.#other?.close();
    this.#other = null;
    this.stage.classList.remove("viewer-two");
  }

  /** Slices, zoom, crosshair and the rendering's direction go together. NiiVue's own way follows only the canvas in focus. */
  #follow(from) {
    const scene = from.panes.scene;
    for (const view of this.views) {
      if (view === from || !view.base || !from.base) continue;
      const state = [...from.place, ...scene.pan2Dxyzmm, scene.renderAzimuth, scene.renderElevation, scene.volScaleMultiplier];
      const to = view.panes.scene;
      const now = [...view.place, ...to.pan2Dxyzmm, to.renderAzimuth, to.renderElevation, to.volScaleMultiplier];
      if (state.every((part, at) => Math.abs(part - now[at]) < 1e-3)) continue;
      to.crosshairPos = view.panes.mm2frac(from.place, 0, true);
      to.pan2Dxyzmm.set(scene.pan2Dxyzmm);
      Object.assign(to.sceneData, { azimuth: scene.renderAzimuth, elevation: scene.renderElevation, volScaleMultiplier: scene.volScaleMultiplier });
      view.panes.createOnLocationChange();
      view.panes.drawScene();
    }
  }

  #moved(view, detail) {
    const said = detail.values.map(({ value, label, colour }) => {
      if (value === null) return null;
      if (colour === null && label === null) return value === 0 && detail.values.length > 1 ? null : element("span", {}, number(value));
      const dot = element("i", { class: "viewer-dot" });
      dot.style.background = colour;
      return element("b", {}, dot, label);
    });
    view.readout.replaceChildren(element("span", {}, spoken(detail.mm)), ...said.filter(Boolean));
    if (view === this.main) this.dispatchEvent(new CustomEvent("crosshair", { detail }));
  }

  /** Where the crosshair is and what is there, as a sentence. */
  whereabouts() {
    return this.main.readout.innerText.replace(/\s+/g, " ");
  }

  close() {
    this.alone();
    this.main.close();
    this.root.remove();
  }
}

/** A graphics card may take its memory back; all is drawn anew when it gives it again. */
function guardContext(view) {
  view.canvas.addEventListener("webglcontextlost", (event) => {
    event.preventDefault();
    view.show("The graphics card has stopped drawing; the view comes back by itself, or with a reload.");
  });
  view.canvas.addEventListener("webglcontextrestored", () => view.restore());
}
