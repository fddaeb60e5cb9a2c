/* An app's form: one control for each input, made by the kind of it. */

import { page } from "../page.js";
import { CheckboxControl, RadioControl, TextControl } from "./choices.js";
import { takeDrops } from "./drops.js";
import { FileControl } from "./file.js";
import { PointsControl } from "./points.js";
import { scansIn } from "./scans.js";
import { SliderControl } from "./slider.js";
import { openWidget } from "./widget.js";

const CONTROLS = { slider: SliderControl, checkbox: CheckboxControl, radiobutton: RadioControl, fiducials: PointsControl };

/**
 * Make the form that `element` holds work.
 *
 * @param {HTMLFormElement} element as templates/fields.html draws it
 * @param {Array<object>} fields as in pages/form.py
 * @param {{viewer?: object, say: (text: string) => void, app?: string}} options `app`: what its texts are kept under
 * @returns {Promise<Form>}
 */
export async function openForm(element, fields, { viewer, say, app = page.app?.name }) {
  const form = new Form(element, fields, { viewer, say, app });
  await form.open();
  return form;
}

/**
 * Events: `scan`, where a volume was chosen or taken away; `points`, where those of a field have changed; `many`, where
 * Run was pressed with several scans: one job each.
 */
export class Form extends EventTarget {
  constructor(element, fields, { viewer, say, app }) {
    super();
    Object.assign(this, { element, fields, viewer, say, key: `tomaat-form:${app}`, controls: new Map() });
    const volumes = fields.filter(({ type }) => type === "volume");
    const required = volumes.filter((field) => field.required);
    /** The volume of which there may be several; undefined where it is not clear which. */
    this.several = volumes.length === 1 ? volumes[0] : required.length === 1 ? required[0] : undefined;
    this.run = element.querySelector("button[type=submit]");
    this.told = this.run?.textContent;
  }

  async open() {
    for (const field of this.fields) this.controls.set(field.destination, await this._control(field, this._root(field)));
    this.element.addEventListener("focusout", (event) => this._left(event));
    const volumes = this.fields.filter(({ type }) => type === "volume");
    if (this.fields.some(({ receives }) => receives === "file")) takeDrops(volumes.length ? "Drop to use as the scan" : "Drop to use as the file", (files, place) => this._dropped(files, place));
    try {
      this.set(JSON.parse(sessionStorage.getItem(this.key) ?? "{}"));
    } catch {
      // a browser that keeps nothing begins with the defaults
    }
  }

  /** Whether all is there and in its range; else it is said beside each field. */
  check() {
    const wrong = this.fields.filter((field) => !this._checked(field));
    if (wrong.length) {
      this.controls.get(wrong[0].destination).target?.focus();
      this.say(wrong.length === 1 ? this._sentence(wrong[0]).textContent : `${wrong.length} fields need something`);
      return false;
    }
    if (this.scans.length > 1) {
      this._tell("many", { scans: this.scans });
      return false;
    }
    return true;
  }

  /**
   * What is sent: `[name, text]` and `[name, blob, filename]`; without a volume of which there are several.
   *
   * @param {(sentence: string) => void} [tell] what goes on: a large DICOM series takes seconds to pack
   */
  async entries(tell) {
    const entries = [];
    for (const { destination } of this.fields) {
      const control = this.controls.get(destination);
      if (control.empty || (control.scans ?? []).length > 1) continue;
      entries.push([destination, ...(control.entry ? await control.entry(tell) : [control.value()])]);
    }
    return entries;
  }

  /** The scans that were chosen for the one volume of which there may be several. */
  get scans() {
    return this.controls.get(this.several?.destination)?.scans ?? [];
  }

  /** Say beside a field what the host has refused; false where there is no such field. */
  wrong(destination, sentence) {
    const field = this.fields.find((one) => one.destination === destination);
    if (!field) return false;
    this._mark(field, sentence);
    setTimeout(() => this.controls.get(destination).target?.focus()); // the form may be hidden still
    return true;
  }

  /**
   * Put a scan into a field, such as one that the host still has: `{ title, detail, source: { url, name } }`; false where
   * there is no such field.
   */
  give(destination, scan) {
    const control = this.controls.get(destination);
    control?.give?.([scan]);
    return Boolean(control?.give);
  }

  /** Take a point of a field away: the viewer lists them, too. */
  removePoint(destination, index) {
    this.controls.get(destination)?.remove?.(index);
  }

  /** The texts of all fields that have one. */
  values() {
    const texts = this.fields.map(({ destination }) => [destination, this.controls.get(destination).value?.()]);
    return Object.fromEntries(texts.filter(([, text]) => text));
  }

  /** Set fields by their texts; others stay as they are. */
  set(values) {
    for (const [destination, text] of Object.entries(values)) this.controls.get(destination)?.set?.(text);
    this._keep();
  }

  async _control(field, root) {
    const changed = () => this._changed(field);
    const { say } = this;
    if (field.widget) {
      try {
        return await openWidget(field, root, { changed });
      } catch (error) {
        console.error(error);
        root.querySelector(".fallback").hidden = false;
        this._mark(field, "The plugin's own control for this field could not be loaded; this one takes its place.");
      }
    }
    if (field.receives === "file") return new FileControl(field, root, { changed, say, many: field === this.several });
    const Control = CONTROLS[field.type] ?? TextControl;
    const moved = (points) => this._tell("points", { name: field.destination, title: field.label, points });
    return new Control(field, root, { changed, say, moved, viewer: () => this.viewer });
  }

  async _dropped(files, place) {
    const own = this.fields.find((field) => this._root(field).contains(place) && field.receives === "file");
    if (own) {
      this.controls.get(own.destination).take(files);
      return;
    }
    this._tell("drop", {});
    const { scans, refused } = await scansIn(files);
    const takers = (kind) => this.fields.filter((field) => field.type === kind).map(({ destination }) => this.controls.get(destination));
    const volumes = takers("volume");
    const transforms = takers("transform");
    for (const scan of transforms.length ? scans.filter(({ transform }) => transform) : []) (transforms.find(({ empty }) => empty) ?? transforms[0]).give([scan]);
    const images = transforms.length ? scans.filter(({ transform }) => !transform) : scans;
    if (!volumes.length || (!images.length && images.length < scans.length)) return;
    if (volumes.length === 1 || (this.several && images.length > volumes.length)) {
      this.controls.get(this.several.destination).give(images, refused);
      return;
    }
    for (const scan of images.slice(0, volumes.length)) (volumes.find(({ empty }) => empty) ?? volumes[0]).give([scan]);
    if (refused.length) this.say(refused[0]);
    if (!images.length) volumes[0].give([], refused);
  }

  _changed(field) {
    const control = this.controls.get(field.destination);
    if (!control) return;
    if (control.refusal) this._mark(field, control.problem());
    else if (!this._sentence(field).hidden) this._checked(field);
    if (field.type === "volume" && control.scans) {
      const source = control.scans[0]?.source ?? null;
      if (source !== control.shown) this._tell("scan", { name: field.destination, title: control.scans[0]?.title ?? field.label, source });
      control.shown = source;
      if (this.run) this.run.textContent = this.scans.length > 1 ? `${this.told} ${this.scans.length} jobs` : this.told;
    }
    this._keep();
  }

  /** A field is left: what is in it and wrong is said; what is missing only when it is to be sent. */
  _left({ target, relatedTarget }) {
    const field = this.fields.find((one) => this._root(one).contains(target));
    const typing = field?.type === "fiducials" && this._root(field).contains(relatedTarget);
    if (!field || typing) return;
    const control = this.controls.get(field.destination);
    if (control && !control.empty && control.problem()) this._checked(field);
  }

  _checked(field) {
    const control = this.controls.get(field.destination);
    const sentence = control.problem() || (control.empty && field.required ? control.missing : "");
    this._mark(field, sentence);
    return !sentence;
  }

  _mark(field, sentence) {
    const shown = this._sentence(field);
    const changed = sentence && shown.textContent !== sentence;
    shown.textContent = sentence;
    shown.hidden = !sentence;
    this._root(field).classList.toggle("is-wrong", Boolean(sentence));
    const target = this.controls.get(field.destination)?.target;
    if (target?.matches("input, select")) target.setAttribute("aria-invalid", `${Boolean(sentence)}`);
    if (changed) this.say(`${field.label}: ${sentence}`);
  }

  _root(field) {
    return document.getElementById(`${field.id}-field`);
  }

  _sentence(field) {
    return document.getElementById(`${field.id}-wrong`);
  }

  _keep() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.values()));
    } catch {
      // then a reload loses them
    }
  }

  _tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
