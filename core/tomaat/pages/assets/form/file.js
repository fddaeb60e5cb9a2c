/* A field that takes a file: a volume, a transform, or what a plugin's element takes. */

import { el } from "../dom.js";
import { packed } from "./packing.js";
import { scansIn } from "./scans.js";

/** The control of a field that takes a file, or for one volume field also several: one job each. */
export class FileControl {
  /**
   * @param {object} field as in pages/form.py
   * @param {HTMLElement} root the field's element
   * @param {{changed: () => void, many: boolean, say: (text: string) => void}} form `many`: whether it takes several scans
   */
  constructor(field, root, { changed, many, say }) {
    Object.assign(this, { field, changed, many, say, scans: [], refusal: "" });
    this.missing = field.type === "volume" ? "Choose a scan: drop it here, or pick its file." : "Choose a file.";
    this.zone = root.querySelector(".drop");
    this.ask = root.querySelector(".ask");
    this.chosen = root.querySelector(".chosen");
    this._dialogs(root);
    if (field.type === "volume" && many) root.querySelector(".drop-title").textContent = "Drop a scan here, or several";
  }

  _dialogs(root) {
    for (const input of root.querySelectorAll("input[type=file]")) {
      const button = input.previousElementSibling;
      if ("webkitdirectory" in input.attributes && !("webkitdirectory" in input)) button.hidden = true;
      button.addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        const files = [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
        input.value = ""; // so that the same file can be chosen again
        if (files.length) this.take(files);
      });
    }
    this.zone.addEventListener("click", (event) => {
      if (!this.scans.length && !event.target.closest("button, input")) this.target.click();
    });
  }

  /** Look at files, and take the scan that is in them, or say why not. */
  async take(files) {
    this.zone.setAttribute("aria-busy", "true");
    const { scans, refused } = await scansIn(files).catch(() => ({ scans: [], refused: ["This can't be read here. Is it still where it was?"] }));
    this.zone.removeAttribute("aria-busy");
    this.give(scans, refused);
  }

  /** Take scans that have been looked at. */
  give(scans, refused = []) {
    const transform = this.field.type === "transform";
    const fitting = this.field.type === "volume" ? scans.filter((scan) => !scan.transform) : scans;
    const unfit = scans.length && !fitting.length ? [`“${scans[0].title}” is a transform, no image volume.`] : [];
    const several = fitting.length > 1 && !this.many ? ["One file was expected here, and these are several."] : [];
    const wrong = [...refused, ...unfit, ...several].map((sentence) => (transform ? sentence.replace(/ is no image volume: .*/, " is no transform.") : sentence));
    this.scans = several.length ? [] : fitting;
    this.refusal = this.scans.length ? "" : (wrong[0] ?? "There is no scan in this.");
    const focused = this.zone.contains(document.activeElement);
    this._show(this.scans.length && wrong.length ? leftOut(wrong) : "");
    if (focused) this.target.focus(); // what had the focus is hidden now
    this.changed();
    if (this.scans.length) this.say(`${this.field.label}: ${this.scans.length > 1 ? `${this.scans.length} scans` : this.scans[0].title}`);
  }

  remove(scan) {
    this.give(this.scans.filter((other) => other !== scan));
    this.refusal = "";
    this.changed();
    this.target.focus();
  }

  _show(note) {
    const { scans } = this;
    this.ask.hidden = scans.length > 0;
    this.chosen.hidden = !scans.length;
    const clear = el("button", { type: "button", class: "link", onclick: () => ((this.scans = []), this.remove()) }, "Remove all");
    const several = scans.length > 1 && el("p", { class: "heading" }, el("span", {}, el("strong", {}, `${scans.length} scans:`), " one job each"), clear);
    this.chosen.replaceChildren(...[several, el("ul", {}, scans.map((scan) => this._row(scan))), note && el("p", { class: "quiet small" }, note)].filter(Boolean));
  }

  _row(scan) {
    return el(
      "li",
      {},
      el("span", { class: "what" }, el("span", { class: "name" }, scan.title), " ", el("span", { class: "quiet small" }, scan.detail)),
      el("button", { type: "button", class: "plain remove", "aria-label": `Remove ${scan.title}`, title: "Remove", onclick: () => this.remove(scan) }, "✕"),
    );
  }

  get target() {
    return (this.scans.length ? this.chosen : this.ask).querySelector("button");
  }

  problem() {
    return this.refusal;
  }

  get empty() {
    return !this.scans.length;
  }

  /** The file that is sent, and its name; `tell` is given a sentence for each image of a series that is packed. */
  async entry(tell) {
    return packed(this.scans[0].source, (done, total) => tell?.(`Packing image ${done} of ${total}`));
  }
}

function leftOut(sentences) {
  return sentences.length === 1 ? `Left out: ${sentences[0]}` : `${sentences.length} files were left out. ${sentences[0]}`;
}
