/* Many scans: one job each, and a table that fills. */

import { el } from "../dom.js";
import { newKey } from "../job/submit.js";
import { listResults, showInputs, showResults } from "../job/results.js";
import { base } from "../page.js";
import { archive, formatsOf, save } from "./archive.js";
import { csv } from "./numbers.js";
import { forget, hasEnded, keep, kept } from "./rows.js";
import { Sending } from "./sending.js";
import { Table } from "./table.js";

/**
 * Run an app on many scans with what the form says, or take up a batch that a reload has left.
 *
 * @param {HTMLElement} element that the batch fills
 * @param {object} options `app` and `form`; `scans` to begin with, or the `id` of a batch; `stage`, which resolves to the viewer
 */
export async function openBatch(element, { app, form, scans, id, stage, say }) {
  const rows = scans ? scans.map(({ title, source }) => ({ title, source, key: newKey(), state: "waiting" })) : kept(id, app.name);
  const batch = new Batch(element, { app, form, id: id ?? newKey().slice(0, 12), rows: rows ?? [], stage, say });
  await batch.open(scans !== null && scans !== undefined);
  return batch;
}

class Batch {
  constructor(element, { app, form, id, rows, stage, say }) {
    Object.assign(this, { element, app, form, id, rows, stage, say });
    this.heading = el("h2", { tabindex: "-1" }, `${rows.length} scans: one job each`);
    this.summary = el("p", { class: "quiet", role: "status" });
    this.wrong = el("p", { class: "bad", role: "alert", hidden: true });
    this.results = el("section", { class: "batch-results", "aria-label": "Results of the scan that is shown", hidden: true });
    this.table = new Table(rows, { onShow: (row) => this.show(row), onRetry: (row) => this.retry([row]), onCancel: (row) => this.sending.cancel(row) });
    this._buttons();
  }

  async open(fresh) {
    history.replaceState(null, "", `${base}/apps/${this.app.name}?batch=${this.id}`);
    const gone = !this.rows.length && el("p", {}, "This list is not in this browser: it was forgotten here, or made in another one. The jobs are in “My jobs” until they expire.");
    this.element.replaceChildren(...[this.heading, gone || this.summary, this.wrong, ...(gone ? [] : [this.actions, this.table.element]), this.ends, this.results].filter(Boolean));
    this.element.hidden = false;
    if (gone) this.heading.textContent = "Many scans";
    this.heading.focus();
    addEventListener("beforeunload", this._leaving);
    const volume = this.form.several?.destination;
    const entries = fresh ? await this.form.entries() : [];
    this.sending = new Sending(this.app.name, this.rows, { entries, volume, changed: (row) => this._changed(row) });
    this._count();
    this._keep();
    this.sending.start();
    this._follow();
  }

  async _follow() {
    if (this.following) return;
    this.following = true;
    await this.sending.follow();
    this.following = false;
  }

  _buttons() {
    const button = (text, onclick, kind = "plain") => el("button", { type: "button", class: kind, onclick }, text);
    this.cancel = button("Cancel all", () => this.rows.filter((row) => !hasEnded(row)).forEach((row) => this.sending.cancel(row)), "danger");
    this.again = button("Retry what failed", () => this.retry(this.rows.filter((row) => row.state === "failed" && row.source)));
    this.format = el("select", { "aria-label": "Format of the results" }, el("option", { value: "" }, "as they come"));
    this.zip = button("Download all results", () => this._zip(), "");
    this.csv = button("Download numbers (CSV)", () => save(new Blob(["\ufeff", csv(this.rows)], { type: "text/csv" }), `${this.app.name}.csv`));
    this.actions = el("div", { class: "row batch-actions" }, this.zip, this.format, this.csv, this.again, this.cancel);
    const forgetting = el("button", { type: "button", class: "link", onclick: () => this.close(true) }, "Clear this list");
    const back = button("Back to the form", () => this.close(false));
    const names = el("p", { class: "quiet small" }, "File names stay in this browser, until the list is cleared.");
    this.ends = el("div", { class: "row" }, back, this.rows.length ? [forgetting, names] : null);
    this._leaving = (event) => this.rows.some((row) => ["waiting", "sending"].includes(row.state)) && event.preventDefault();
  }

  retry(rows) {
    for (const row of rows) {
      Object.assign(row, { state: "waiting", key: newKey(), job: undefined, shown: undefined, error: "" });
      this._changed(row);
    }
    this.sending.start();
    this._follow();
  }

  /** Show a scan and its results in the viewer; of several that are asked for, the last. */
  show(row) {
    this.table.mark(row);
    this.wanted = row;
    document.getElementById("main").dataset.seen = "";
    // one that fails is told here, and keeps none of the next from being shown
    this.showing = (this.showing ?? Promise.resolve()).then(() => this._show(row)).catch((problem) => this._fail(problem.message));
  }

  async _show(row) {
    if (this.wanted !== row) return;
    const viewer = await this.stage;
    const volume = `input:${this.form.several?.destination ?? "image"}`;
    viewer.alone();
    viewer.clear();
    if (row.source) await viewer.showVolume(volume, row.source, { title: row.title });
    else await showInputs(viewer, row.shown, (name) => `input:${name}`);
    listResults(this.results, row.shown);
    document.getElementById("viewer")?.scrollIntoView({ block: "nearest" });
    await showResults(viewer, row.shown);
    if (this.wanted === row) this.say(`${row.title} is shown`);
  }

  /** Back to the form; `forgotten`: what this browser knows of the batch goes. The jobs stay on the host. */
  close(forgotten) {
    const unsent = this.rows.filter((row) => ["waiting", "sending"].includes(row.state));
    if (unsent.length && !confirm(`${unsent.length} scans are not sent yet, and will not be. Leave all the same?`)) return;
    unsent.forEach((row) => this.sending.cancel(row));
    this.sending.leave();
    if (forgotten) forget(this.id);
    removeEventListener("beforeunload", this._leaving);
    this.element.hidden = true;
    this.form.element.hidden = false;
    history.pushState(null, "", `${base}/apps/${this.app.name}`);
    this.form.element.querySelector("button").focus();
  }

  async _zip() {
    const told = this.zip.textContent;
    this.zip.disabled = true;
    this.wrong.hidden = true;
    try {
      const blob = await archive(this.rows, this.format.value, (done, total) => (this.zip.textContent = `Fetching ${done} of ${total}`));
      save(blob, `${this.app.name}-results.zip`);
    } catch (problem) {
      this._fail(problem.message);
    }
    this.zip.textContent = told;
    this.zip.disabled = false;
  }

  _changed(row) {
    this.table.update(row);
    if (row.state === row.counted) return;
    row.counted = row.state;
    this._count();
    this._keep();
  }

  _count() {
    const count = (...states) => this.rows.filter(({ state }) => states.includes(state)).length;
    const [done, failed, open] = [count("succeeded"), count("failed", "lost"), this.rows.filter((row) => !hasEnded(row)).length];
    const parts = [`${done} of ${this.rows.length} done`, failed && `${failed} failed`, count("cancelled") && `${count("cancelled")} cancelled`, open && `${open} to go`];
    this.summary.textContent = parts.filter(Boolean).join(", ");
    this.cancel.hidden = !open;
    this.again.hidden = !this.rows.some((row) => row.state === "failed" && row.source);
    for (const part of [this.zip, this.format, this.csv]) part.hidden = !done;
    const known = new Set([...this.format.options].map(({ value }) => value));
    this.format.append(...formatsOf(this.rows).filter((format) => !known.has(format)).map((format) => el("option", { value: format }, format)));
  }

  _keep() {
    if (this.rows.length) keep(this.id, this.app.name, this.rows);
  }

  _fail(sentence) {
    this.wrong.textContent = sentence;
    this.wrong.hidden = false;
  }
}
