/* A job as it goes on, by the host's server-sent events. */

import { Problem, read } from "../host.js";
import { base } from "../page.js";

const FINAL = ["succeeded", "failed", "cancelled"];
const PATIENCE = 2000;

/** Whether a job changes no more. */
export function isFinal(job) {
  return FINAL.includes(job.state);
}

/**
 * Tell of each change of a job until it has ended; resolves to the job as it ended. A connection that breaks is taken
 * up again: the job goes on without it.
 *
 * @param {{onJob?: (job) => void, onLost?: () => void, signal?: AbortSignal}} options
 */
export async function follow(id, { onJob, onLost, signal } = {}) {
  while (!signal?.aborted) {
    const job = await listen(id, { onJob, signal });
    if (job) return job;
    if (signal?.aborted) break;
    onLost?.();
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    try {
      await read(`/v1/jobs/${id}`); // an EventSource does not say why it was refused
    } catch (problem) {
      const passing = problem.code === "unreachable" || problem.status >= 500 || problem.status === 401; // until signed in again
      if (!passing) throw problem;
    }
  }
  throw new Problem({ code: "left", detail: "The page was left." });
}

/** The job as it ended; null where the connection ended first. */
function listen(id, { onJob, signal }) {
  return new Promise((resolve) => {
    const events = new EventSource(`${base}/v1/jobs/${id}/events`);
    const end = (job) => (events.close(), resolve(job));
    signal?.addEventListener("abort", () => end(null));
    events.addEventListener("job", (event) => {
      const job = JSON.parse(event.data);
      onJob?.(job);
      if (isFinal(job)) end(job);
    });
    events.onerror = () => end(null);
  });
}
