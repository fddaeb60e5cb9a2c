/* Two results side by side, or one over the other: other weights, another threshold, another app on the same scan. */

import { el } from "../dom.js";
import { read } from "../host.js";
import { showResults, titleOf } from "./results.js";

const MOST = 200;

/** Offer the other jobs that have had the same scan; nothing where there is none, or no viewer that could show two. */
export async function offerComparison(element, job, viewer) {
  const scan = scanOf(job);
  if (!scan || viewer.showSlices) return;
  const { jobs } = await read(`/v1/jobs?state=succeeded&limit=${MOST}`);
  const others = jobs.filter((other) => other.id !== job.id && scanOf(other) === scan);
  if (others.length) element.append(new Comparison(job, others, viewer).element);
}

class Comparison {
  constructor(job, others, viewer) {
    Object.assign(this, { job, viewer, over: null, own: [], seesOther: false });
    this.choice = el("select", { id: "compare" }, others.map((other) => el("option", { value: other.id }, describe(other, job))));
    this.choice.addEventListener("change", () => this.end());
    this.chosen = () => others.find((other) => other.id === this.choice.value);
    this.switching = el("button", { type: "button", class: "plain", onclick: () => this.switch() }, "Switch to it");
    this.ending = el("button", { type: "button", class: "plain", hidden: true, onclick: () => this.end() }, "End the comparison");
    const beside = el("button", { type: "button", onclick: () => this.beside() }, "Side by side");
    this.element = el(
      "section",
      { class: "result", "aria-label": "Compare" },
      el("h3", {}, el("label", { for: "compare" }, "Compare with another result of this scan")),
      this.choice,
      el("div", { class: "actions" }, beside, this.switching, this.ending),
    );
  }

  async beside() {
    this.end();
    this.ending.hidden = false;
    const other = this.chosen();
    await showResults(await this.viewer.beside(describe(other, this.job)), other);
  }

  /** One result after the other in the same view, with one button. */
  async switch() {
    if (!this.over) {
      this.end();
      this.ending.hidden = false;
      this.own = keysOf(this.viewer, "result").filter((key) => this.viewer.shows(key));
      this.over = this.chosen().id;
      await showResults(this.viewer, named(this.chosen(), this.job), this.over);
    }
    this._see(!this.seesOther);
  }

  end() {
    this.viewer.alone();
    this._see(false);
    if (this.over) keysOf(this.viewer, this.over).forEach((key) => this.viewer.remove(key));
    this.over = null;
    this.own = [];
    this.ending.hidden = true;
  }

  _see(other) {
    this.seesOther = other;
    for (const key of this.own) this.viewer.switch(key, !other);
    for (const key of this.over ? keysOf(this.viewer, this.over) : []) this.viewer.switch(key, other);
    this.switching.textContent = other ? "Switch back" : "Switch to it";
  }
}

/** The digest of the scan that a job was given. */
function scanOf(job) {
  return Object.values(job.provenance?.inputs ?? {})[0] ?? null;
}

/** What tells a job from another: its app if that is another one, the parameters that differ, when it ran. */
function describe(other, job) {
  const [own, its] = [job.parameters ?? {}, other.parameters ?? {}];
  const names = new Set(other.app === job.app ? [...Object.keys(own), ...Object.keys(its)] : Object.keys(its));
  const differing = [...names].filter((name) => other.app !== job.app || its[name] !== own[name]);
  const said = differing.slice(0, 3).map((name) => `${name} ${its[name] ?? "not set"}`);
  const when = new Date(other.finished).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return [other.app, ...said, when].join(", ");
}

/** The job with results whose titles say whose they are. */
function named(other, job) {
  const whose = describe(other, job);
  return { ...other, results: other.results.map((result) => ({ ...result, text: `${titleOf(result)} (${whose})` })) };
}

function keysOf(viewer, prefix) {
  return viewer.keys().filter((key) => key.startsWith(`${prefix}:`));
}
