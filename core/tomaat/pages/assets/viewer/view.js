/** One view: a canvas with its panes, and what lies in them. */
import { freeColour, parts } from "./colours.js";
import { turned } from "./coordinates.js";
import { eachFrame, element } from "./dom.js";
import { Labels } from "./labels.js";
import { balls, readMesh } from "./meshes.js";
import { drawOutlines } from "./outlines.js";
import { panesOf } from "./panes.js";
import { readFile, readImage } from "./reading.js";
import { useShaders } from "./shader.js";
import * as window from "./window.js";

/** Voxels beyond which an image is not prepared anew with each move of a hand, but this many milliseconds after the last. */
const MANY = 2 ** 25;
const REST = 250;

/**
 * @typedef {object} Layer
 * @property {string} key
 * @property {"volume" | "labels" | "mesh" | "points"} kind
 * @property {string} title
 * @property {boolean} shown
 * @property {number} opacity
 * @property {string} [colour]
 * @property {object} [image] NiiVue's volume
 * @property {Labels} [labels]
 * @property {object} [mesh] NiiVue's mesh
 * @property {number[][]} [points] in LPS
 */

/** Events: "crosshair" ({mm, values}), "layers" (some came or went), "window", "painted", "enlarge" (the pane). */
export class View extends EventTarget {
  /** @type {Map<string, Layer>} */
  layers = new Map();
  /** What could not be shown, by its key: why. */
  #failures = new Map();
  #renewed = new Set();
  #resting = 0;
  #renew = eachFrame(() => {
    for (const image of this.#renewed) this.panes.renew(image);
    this.#renewed.clear();
  });

  /** @param {typeof import("@niivue/niivue")} niivue */
  static async open(niivue, say) {
    const view = new View();
    view.niivue = niivue;
    view.say = say;
    view.canvas = element("canvas", { tabIndex: 0, role: "application", "aria-label": "Image: arrow keys move the crosshair, question mark shows all keys" });
    view.still = element("canvas", { class: "viewer-still", hidden: true });
    view.outlines = element("canvas", { class: "viewer-outlines" });
    view.message = element("p", { class: "viewer-message", hidden: true });
    view.lacking = element("p", { class: "viewer-message viewer-lacking", hidden: true });
    view.readout = element("p", { class: "viewer-readout" });
    view.element = element("div", { class: "viewer-view" }, element("div", { class: "viewer-panes" }, view.canvas, view.still, view.outlines, view.message, view.lacking), view.readout);
    return view;
  }

  /** After the element is in the page: a canvas without a size can't be drawn to. */
  async start() {
    const panes = new (panesOf(this.niivue.Niivue))();
    this.panes = panes;
    await panes.attachToCanvas(this.canvas);
    useShaders(panes);
    panes.still = this.still;
    panes.told = {
      moved: () => this.#moved(),
      dragged: (right, down) => this.changeWindow((image) => window.dragged(image, right, down)),
      enlarge: (pane) => this.#tell("enlarge", pane),
      painted: () => {
        drawOutlines(this.outlines, panes, [...this.layers.values()], this.#ballRadius());
        this.#tell("painted");
      },
    };
    this.arrange("four");
  }

  arrange(layout) {
    this.canvas.parentElement.classList.toggle("viewer-four", layout === "four");
    this.panes.arrange(layout);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  get base() {
    return this.panes.volumes[0] ?? null;
  }

  has(key) {
    return this.layers.has(key);
  }

  /** Those of what is shown, and of what could not be. */
  keys() {
    return [...this.layers.keys(), ...this.#failures.keys()];
  }

  async showVolume(key, source, { title }) {
    await this.#load(key, title, async (progress) => {
      const { image, note } = await readImage(this.niivue.NVImage, source, progress);
      if (image.hdr.intent_code === 1002) image.hdr.intent_code = 0;
      this.addImage({ key, kind: "volume", title, image, shown: true, opacity: 1 });
      if (note) this.tell(note);
    });
  }

  async showLabels(key, source, { title, labels }) {
    await this.#load(key, title, async (progress) => {
      const { image } = await readImage(this.niivue.NVImage, source, progress);
      this.addImage({ key, kind: "labels", title, image, labels: new Labels(image, labels), shown: true, opacity: 0.6 });
    });
  }

  /** Put a layer in; scans lie below labels, and the first of them is the base. */
  addImage(layer) {
    this.#drop(layer.key);
    const first = this.base === null;
    if (layer.kind === "volume" && this.#images().some(({ kind }) => kind === "volume")) layer.opacity = 0.5;
    layer.image.opacity = layer.opacity;
    if (layer.labels) layer.image.opacity = 1;
    this.layers.set(layer.key, layer);
    this.#arrangeImages();
    if (first) this.panes.scene.crosshairPos.set([0.5, 0.5, 0.5]);
    this.#changed();
  }

  #images() {
    const all = [...this.layers.values()].filter(({ image }) => image);
    return [...all.filter(({ kind }) => kind === "volume"), ...all.filter(({ kind }) => kind === "labels")];
  }

  #arrangeImages() {
    const images = this.#images();
    images.forEach((layer, at) => {
      if (layer.kind !== "volume") return;
      // The base is faded by its layer's opacity as any other; only alone does it have to be seen.
      if (at === 0) layer.image.opacity = layer.shown ? 1 : 0;
    });
    this.panes.setImages(images.map(({ image }) => image));
  }

  async showMesh(key, source, { title, color }) {
    await this.#load(key, title, async (progress) => {
      const file = await readFile(source, progress);
      const colour = color ?? freeColour(this.layers, this.layers.size);
      const mesh = await readMesh(this.niivue.NVMesh, this.panes.gl, file, { title, color: colour });
      this.#drop(key);
      this.layers.set(key, { key, kind: "mesh", title, mesh, colour, shown: true, opacity: 1 });
      this.panes.addSurface(mesh);
      this.#changed();
    });
  }

  showPoints(key, points, { title, color, editable = false }) {
    const before = this.layers.get(key);
    const colour = color ?? before?.colour ?? freeColour(this.layers, 4);
    const mesh = balls(this.niivue.NVMesh, this.panes.gl, points.map(turned), this.#ballRadius(), colour, title);
    this.#drop(key);
    this.layers.set(key, { key, kind: "points", title, points, mesh, colour, editable, shown: before?.shown ?? true, opacity: 1 });
    if (mesh) this.panes.addSurface(mesh);
    this.#changed();
  }

  #ballRadius() {
    if (!this.base) return 2;
    const { dimsRAS, pixDimsRAS } = this.base;
    return Math.max(1, 0.011 * Math.max(...[1, 2, 3].map((axis) => dimsRAS[axis] * pixDimsRAS[axis])));
  }

  remove(key) {
    this.#fail(key, "");
    const layer = this.#drop(key);
    if (!layer) return;
    if (layer.image) this.#arrangeImages();
    this.#changed();
  }

  #drop(key) {
    const layer = this.layers.get(key);
    this.layers.delete(key);
    if (layer?.mesh) this.panes.removeSurface(layer.mesh);
    return layer;
  }

  clear() {
    for (const key of this.keys()) {
      this.#fail(key, "");
      this.#drop(key);
    }
    this.panes.setImages([]);
    this.#changed();
  }

  #changed() {
    this.#countSurfaces();
    this.#tell("layers");
    this.panes.drawScene();
    if (this.base) this.panes.createOnLocationChange();
    else this.readout.replaceChildren();
  }

  /** Surfaces are shown in 3-D in place of the labels that they were made of. */
  #countSurfaces() {
    this.panes.surfaces = [...this.layers.values()].filter(({ kind, shown }) => kind === "mesh" && shown).length;
  }

  /** Draw a layer as its `shown`, `opacity` and labels now say. */
  refresh(layer) {
    if (layer.labels) {
      Object.assign(layer.labels, { shown: layer.shown, opacity: layer.opacity });
      layer.labels.paint();
      this.renewSoon(layer.image);
    } else if (layer.image) {
      layer.image.opacity = layer.shown ? layer.opacity : 0;
      this.renewSoon(layer.image);
    } else if (layer.mesh) {
      layer.mesh.visible = layer.shown;
      layer.mesh.opacity = layer.opacity;
      this.#countSurfaces();
      this.panes.drawScene();
    }
  }

  recolour(layer, colour) {
    layer.colour = colour;
    layer.mesh?.rgba255.set([...parts(colour), 255]);
    layer.mesh?.updateMesh(this.panes.gl);
    this.panes.drawScene();
  }

  /** In the next frame; of an image that takes the graphics card long, once the hand rests. */
  renewSoon(image) {
    this.#renewed.add(image);
    clearTimeout(this.#resting);
    if (image.img.length <= MANY) this.#renew();
    else this.#resting = setTimeout(this.#renew, REST);
  }

  /** @param {(image: object) => void} change of the base's window. */
  changeWindow(change) {
    const image = this.base;
    if (!image || image.colormapLabel) return;
    change(image);
    this.renewSoon(image);
    this.#tell("window");
  }

  // ---- the crosshair ----

  /** In RAS millimetres. */
  get place() {
    return Array.from(this.panes.frac2mm(this.panes.scene.crosshairPos, 0, true)).slice(0, 3);
  }

  /** @param {number[]} mm in LPS */
  goTo(mm) {
    if (!this.base) return;
    this.panes.scene.crosshairPos = this.panes.mm2frac(turned(mm), 0, true);
    this.panes.createOnLocationChange();
    this.panes.drawScene();
  }

  #moved() {
    if (!this.base) return;
    const place = this.place;
    const values = this.#images().map(({ key, title, image, labels }) => {
      const value = valueAt(image, place);
      const label = labels && value !== null ? labels.of(value) : null;
      return { key, title, value: labels ? (label?.value ?? 0) : value, label: label?.name ?? null, colour: label?.colour ?? null };
    });
    this.#tell("crosshair", { mm: turned(place), values });
  }

  // ---- what is said over the panes ----

  /** @param {string} text empty: nothing. */
  show(text) {
    this.message.textContent = text;
    this.message.hidden = !text;
  }

  /** Shown for a while, and said. */
  tell(text) {
    this.show(text);
    this.say(text);
    clearTimeout(this.telling);
    this.telling = setTimeout(() => { if (this.message.textContent === text) this.show(""); }, 8000);
  }

  /** What can't be shown is told, until it is taken away, and takes nothing else with it. */
  async #load(key, title, load) {
    const progress = (text, fraction) => this.show(fraction === undefined ? `${text}: ${title} …` : `${text}: ${title}, ${Math.round(100 * fraction)} %`);
    progress("Loading");
    this.#fail(key, "");
    try {
      await load(progress);
    } catch (error) {
      console.warn(error);
      this.#fail(key, `${title}: ${error.message}`);
    }
    if (this.message.textContent.includes(title)) this.show("");
  }

  /** @param {string} why a layer could not be shown; empty: it may be. */
  #fail(key, why) {
    if (why) this.#failures.set(key, why);
    else this.#failures.delete(key);
    this.lacking.textContent = [...this.#failures.values()].join(" ");
    this.lacking.hidden = !this.#failures.size;
    if (why) this.say(why);
  }

  /** After the graphics card has lost all: the same things, made anew. */
  async restore() {
    const { panes } = this;
    await panes.init();
    useShaders(panes);
    panes.meshes = [];
    for (const layer of this.layers.values()) {
      if (!layer.mesh) continue;
      const { pts, tris, rgba255, opacity, visible } = layer.mesh;
      layer.mesh = new this.niivue.NVMesh(pts, tris, layer.title, rgba255, opacity, visible, panes.gl);
      panes.meshes.push(layer.mesh);
    }
    panes.setImages(panes.volumes);
    this.tell("The view is back.");
  }

  close() {
    for (const key of [...this.layers.keys()]) this.#drop(key);
    this.panes.volumes = [];
    this.panes.cleanup();
    this.panes.gl.getExtension("WEBGL_lose_context")?.loseContext();
    this.element.remove();
  }
}

/** The stored value of the voxel at a place in RAS millimetres; null outside. */
function valueAt(image, place) {
  const voxel = image.mm2vox(place);
  const inside = [0, 1, 2].every((axis) => voxel[axis] >= 0 && voxel[axis] < image.dimsRAS[axis + 1]);
  return inside ? image.getValue(voxel[0], voxel[1], voxel[2], image.frame4D) : null;
}
