/* Sends a form as a job, and says how much of it has gone out. */

import { Problem, UNREACHABLE, problemOf } from "../host.js";
import { remember } from "../jobs/own.js";
import { base } from "../page.js";

const TRIES = 4;

/**
 * Submit a job; gives it as the API shows it. Where the connection breaks or the host is full for a moment it is sent
 * again, under the same `Idempotency-Key`, so that there is one job however often it was sent. Throws a {@link Problem}.
 *
 * @param {string} app its name
 * @param {Array<[string, string|Blob, string?]>} entries the form's fields
 * @param {{onProgress?: (sent: number, total: number) => void, onWait?: (sentence: string) => void, signal?: AbortSignal, key?: string}} options
 */
export async function submit(app, entries, { onProgress, onWait, signal, key = newKey() } = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      const job = await send(app, entries, { onProgress, signal, key });
      remember(job.id);
      return job;
    } catch (problem) {
      const passing = problem.code === "unreachable" || (problem.status === 503 && problem.retryAfter);
      if (!passing || attempt === TRIES || signal?.aborted) throw problem;
      const seconds = Math.min(problem.retryAfter || 2 ** attempt, 30);
      onWait?.(`${problem.message} Trying again in ${seconds} s.`);
      await pause(seconds, signal);
    }
  }
}

/** A key under which a job can be sent again without becoming two. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function send(app, entries, { onProgress, signal, key }) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [name, value, filename] of entries) {
      if (value instanceof Blob) form.append(name, value, filename ?? "file");
      else form.append(name, value);
    }
    const request = new XMLHttpRequest();
    request.open("POST", `${base}/v1/apps/${app}/jobs?keep_inputs=true`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => onProgress?.(event.loaded, event.total);
    request.onload = () => {
      if (request.status >= 300) reject(problemOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      else resolve(JSON.parse(request.responseText));
    };
    request.onerror = () => reject(new Problem(UNREACHABLE));
    request.onabort = () => reject(new Problem({ code: "cancelled", detail: "It was not sent." }));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

function pause(seconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()));
  });
}
