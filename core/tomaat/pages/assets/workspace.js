/* The workspace: an app's form, a job, its results, and the viewer beside them. */

import { say } from "./dom.js";
import { openForm } from "./form/form.js";
import { call } from "./host.js";
import { offerComparison } from "./job/compare.js";
import { follow, isFinal } from "./job/follow.js";
import { Panel } from "./job/panel.js";
import { showProvenance } from "./job/provenance.js";
import { listResults, pageOf, showInputs, showResults } from "./job/results.js";
import { submit } from "./job/submit.js";
import { base, page } from "./page.js";
import { openStage } from "./stage.js";

const parts = Object.fromEntries(["main", "form", "job", "results", "batch", "viewer"].map((id) => [id, document.getElementById(id)]));
const scanKey = (name) => `input:${name}`;

class Workspace {
  constructor() {
    this.panel = new Panel(parts.job, { onCancel: () => this.cancel(), onAgain: () => this.edit() });
    this.stage = openStage(parts.viewer, page.viewer);
    this.leaving = null; // ends what goes on for the job that is shown
    this.job = null;
  }

  async open() {
    window.addEventListener("popstate", () => location.reload());
    if (page.job) this.watch(page.job);
    if (!page.app) return;
    this.form = await openForm(parts.form, page.fields, { say });
    this.stage.then((viewer) => this.join(viewer));
    this.form.addEventListener("scan", (event) => this.showScan(event.detail));
    this.form.addEventListener("points", (event) => this.showPoints(event.detail));
    this.form.addEventListener("drop", () => parts.form.hidden && this.edit({ refill: false }));
    this.form.addEventListener("many", (event) => this.runMany(event.detail.scans));
    parts.form.addEventListener("submit", (event) => (event.preventDefault(), this.run()));
    const batch = new URLSearchParams(location.search).get("batch");
    if (batch) this.runMany(null, batch);
  }

  /** Have the form know the viewer, where points are placed and taken away. */
  join(viewer) {
    this.form.viewer = viewer;
    viewer.addEventListener("pointremove", ({ detail: { key, index } }) => {
      const field = page.fields.find(({ destination }) => scanKey(destination) === key);
      if (field) this.form.removePoint(field.destination, index);
    });
  }

  async showScan({ name, title, source }) {
    const viewer = await this.stage;
    if (source?.url && viewer.has(scanKey(name))) return; // the scan of the job that was shown
    viewer.remove(scanKey(name));
    if (!source) return;
    this.clearResults(viewer);
    seen();
    await viewer.showVolume(scanKey(name), source, { title });
  }

  async showPoints({ name, title, points }) {
    const viewer = await this.stage;
    viewer.showPoints(scanKey(name), points, { title, editable: true });
  }

  async run() {
    if (!this.form.check()) return;
    const leaving = this.leave();
    this.clearResults(await this.stage);
    parts.form.hidden = true;
    this.panel.sending(0, 0);
    this.panel.heading.focus();
    try {
      const entries = await this.form.entries((sentence) => this.panel.waiting(sentence));
      const options = {
        onProgress: (sent, total) => this.panel.sending(sent, total),
        onWait: (sentence) => this.panel.waiting(sentence),
        signal: leaving.signal,
      };
      const job = await submit(page.app.name, entries, options);
      history.pushState(null, "", pageOf(job.id));
      await this.watch(job, leaving);
    } catch (problem) {
      this.refuse(problem, leaving);
    }
  }

  /** Show a job until it has ended, and then its results. */
  async watch(job, leaving = this.leave()) {
    if (parts.form) parts.form.hidden = true;
    this.job = job;
    this.panel.show(job);
    try {
      const following = isFinal(job) ? job : follow(job.id, {
        onJob: (now) => this.panel.show((this.job = now)),
        onLost: () => this.panel.lost(),
        signal: leaving.signal,
      });
      const viewer = await this.stage;
      seen();
      await showInputs(viewer, job, scanKey);
      const ended = await following;
      if (leaving.signal.aborted) return;
      this.panel.show((this.job = ended));
      if (ended.state === "succeeded") await this.showResults(viewer, ended);
    } catch (problem) {
      if (!leaving.signal.aborted) this.panel.fail(problem);
    }
  }

  async showResults(viewer, job) {
    performance.mark("tomaat:answered");
    listResults(parts.results, job);
    showProvenance(parts.results, job);
    await showInputs(viewer, job, scanKey);
    await showResults(viewer, job);
    document.documentElement.dataset.shown = job.id; // all that the viewer shows of it is on the screen
    await offerComparison(parts.results, job, viewer).catch(() => {}); // what was found is there without it
  }

  async cancel() {
    const job = this.job;
    try {
      if (job && !isFinal(job)) await call(`/v1/jobs/${job.id}`, { method: "DELETE" });
    } catch (problem) {
      if (problem.status !== 404) return this.panel.goesOn(problem.message); // a job that is gone is cancelled, too
    }
    this.leave();
    this.edit({ refill: false }); // what the host had of it has gone with it
    say("Cancelled");
  }

  /** Back to the form, with all that was entered; after a reload, with what the host still has of the job. */
  edit({ refill = true } = {}) {
    const job = this.job;
    this.leave();
    this.job = null;
    parts.job.hidden = true;
    parts.batch.hidden = true;
    if (!this.form) {
      location.assign(`${base}/`);
      return;
    }
    parts.form.hidden = false;
    if (job && refill) this.refill(job);
    history.pushState(null, "", `${base}/apps/${page.app.name}`);
    parts.form.querySelector("button[type=submit]").focus();
    if (job?.error?.field) this.form.wrong(job.error.field, job.error.detail);
  }

  refill(job) {
    this.form.set(job.parameters ?? {});
    for (const input of job.inputs ?? []) {
      if (this.form.controls.get(input.name)?.empty) {
        this.form.give(input.name, { title: "The scan of this job", detail: "", source: { url: input.href, name: input.name } });
      }
    }
  }

  async runMany(scans, id = null) {
    parts.form.hidden = true;
    const { openBatch } = await import("./batch/batch.js");
    await openBatch(parts.batch, { app: page.app, fields: page.fields, form: this.form, scans, id, stage: this.stage, say });
  }

  /** Show what the host has refused: beside its field, if it names one. */
  refuse(problem, leaving) {
    if (leaving.signal.aborted) return;
    if (problem.field && this.form.wrong(problem.field, problem.message)) {
      parts.job.hidden = true;
      parts.form.hidden = false;
      return;
    }
    this.panel.fail(problem);
  }

  clearResults(viewer) {
    parts.results.hidden = true;
    viewer.alone();
    viewer.keys().filter((key) => !key.startsWith("input:")).forEach((key) => viewer.remove(key));
  }

  leave() {
    this.leaving?.abort();
    this.leaving = new AbortController();
    return this.leaving;
  }
}

/** Give the viewer its place on a small screen. */
function seen() {
  parts.main.dataset.seen = "";
}

const workspace = new Workspace();
await workspace.open();
if (page.job) say(`Job ${page.job.state}`);
