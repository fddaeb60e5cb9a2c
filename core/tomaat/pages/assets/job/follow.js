/* A job as it goes on, by the host's server-sent events. */

import { Problem, read } from "../host.js";
import { base } from "../page.js";

const FINAL = ["succeeded", "failed", "cancelled"];
const PATIENCE = 2000;
/** Milliseconds. A connection that is cut somewhere on its way says nothing, as does an app that has nothing to say. */
const SILENCE = 20_000;

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

/** The job as it ended; null where the connection ended first, or is silent also when it is taken up anew. */
function listen(id, { onJob, signal }) {
  return new Promise((resolve) => {
    let events;
    let silence;
    const close = () => (clearTimeout(silence), events?.close());
    const end = (job) => (close(), resolve(job));
    const heard = (event) => {
      const job = JSON.parse(event.data);
      onJob?.(job);
      if (isFinal(job)) return end(job);
      clearTimeout(silence);
      silence = setTimeout(open, SILENCE);
    };
    const open = () => {
      close();
      events = new EventSource(`${base}/v1/jobs/${id}/events`); // whose first event is how the job stands
      events.addEventListener("job", heard);
      events.onerror = () => end(null);
      silence = setTimeout(() => end(null), SILENCE);
    };
    signal?.addEventListener("abort", () => end(null));
    open();
  });
}
