/* Sends the scans of a batch, a few at a time, and learns how their jobs go on. */

import { packed } from "../form/packing.js";
import { Problem, call, read } from "../host.js";
import { submit } from "../job/submit.js";
import { apply, hasEnded } from "./rows.js";

const AT_ONCE = 3;
const INTERVAL = 1500;
const MOST = 1000;
const PASSING = [429, 502, 503, 504];

/** Sends rows and follows them; `changed(row)` is called whenever something has. */
export class Sending {
  constructor(app, rows, { entries, volume, changed }) {
    Object.assign(this, { app, rows, entries, volume, changed, left: false, senders: 0 });
  }

  /** Send what waits; resolves when nothing does. */
  async start() {
    const senders = [];
    while (this.senders < AT_ONCE && senders.length < this.rows.filter(({ state }) => state === "waiting").length) {
      this.senders++;
      senders.push(this._sender());
    }
    await Promise.all(senders);
  }

  async _sender() {
    try {
      for (let row; (row = this._next()); ) await this._send(row);
    } finally {
      this.senders--;
    }
  }

  _next() {
    return this.left ? undefined : this.rows.find(({ state }) => state === "waiting");
  }

  async _send(row) {
    row.leaving = new AbortController();
    this._become(row, { state: "sending", error: "", note: "" });
    const { signal } = row.leaving;
    const told = (note, fraction = null) => !signal.aborted && this._become(row, { note, fraction });
    const options = { signal, key: row.key, onProgress: (sent, total) => told("", total ? sent / total : null), onWait: told };
    try {
      const [blob, filename] = await packed(row.source, (done, total) => told(`packing image ${done} of ${total}`));
      const job = await this._submit([...this.entries, [this.volume, blob, filename]], options);
      if (signal.aborted) return await this._forget(job.id);
      apply(row, job);
      this.changed(row);
    } catch (problem) {
      if (!signal.aborted) this._become(row, { state: "failed", error: problem.message });
    }
  }

  /** Submit, for as long as the host is full or out of reach: under one key, it is one job. */
  async _submit(entries, options) {
    for (;;) {
      try {
        return await submit(this.app, entries, options);
      } catch (problem) {
        const passing = problem.code === "unreachable" || (PASSING.includes(problem.status) && problem.code !== "app_broken");
        if (!passing || options.signal.aborted) throw problem;
        options.onWait(problem.message);
        await pause(1000 * Math.min(problem.retryAfter || 5, 60), options.signal);
        if (options.signal.aborted) throw new Problem({ code: "cancelled" });
      }
    }
  }

  /** Learn how the jobs go on, until all have ended or the page is left. */
  async follow() {
    while (!this.left) {
      const open = this.rows.filter((row) => row.job && !hasEnded(row));
      if (open.length) await this._ask(open).catch(() => {}); // it is asked again
      else if (!this.rows.some(({ state }) => state === "waiting" || state === "sending")) return;
      await pause(INTERVAL);
    }
  }

  async _ask(open) {
    const { jobs } = await read(`/v1/jobs?app=${this.app}&state=queued&state=running&limit=${MOST}`);
    const going = new Map(jobs.map((job) => [job.id, job]));
    for (const row of open) {
      try {
        const job = going.get(row.job) ?? (await read(`/v1/jobs/${row.job}`));
        if (hasEnded(row)) continue; // it was cancelled meanwhile
        apply(row, job);
      } catch (problem) {
        if (problem.status !== 404) throw problem;
        Object.assign(row, { state: "lost", error: "The host has removed this job and its results." });
      }
      this.changed(row);
    }
  }

  /** Cancel a row: what is sent is stopped, a job is removed. */
  async cancel(row) {
    row.leaving?.abort();
    const { job } = row;
    this._become(row, { state: "cancelled", error: "", note: "", job: undefined, shown: undefined });
    if (job) await this._forget(job);
  }

  async _forget(job) {
    await call(`/v1/jobs/${job}`, { method: "DELETE" }).catch(() => {}); // it goes by itself, later
  }

  leave() {
    this.left = true;
  }

  _become(row, change) {
    Object.assign(row, change);
    this.changed(row);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()));
  });
}
