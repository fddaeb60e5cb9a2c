/* What a batch knows of each of its scans, and what of that outlives a reload: in this browser alone. */

const PREFIX = "tomaat-batch:";
const UNSENT = "It was not sent before the page was left. Choose it again.";
const ENDED = ["succeeded", "failed", "cancelled"];

/**
 * A scan and its job.
 *
 * @typedef {object} Row
 * @property {string} title the file's name: it may tell of a patient, so no host is told
 * @property {string} key the `Idempotency-Key` under which it is sent
 * @property {File | File[]} [source] not there any more after a reload
 * @property {string} [job] its id
 * @property {object} [shown] the job as the API shows it
 * @property {"waiting"|"sending"|"queued"|"running"|"succeeded"|"failed"|"cancelled"|"lost"} state
 * @property {string} [error] what went wrong
 */

/** Whether nothing more happens to a row by itself. */
export function hasEnded({ state }) {
  return ENDED.includes(state) || state === "lost";
}

/** Put a job as the API shows it into its row. */
export function apply(row, job) {
  Object.assign(row, { shown: job, job: job.id, state: job.state, fraction: job.progress.fraction, error: job.error?.detail ?? "" });
  row.note = job.state === "queued" ? (job.position > 1 ? `${job.position - 1} before it` : "next") : job.progress.message;
}

/** Keep what a reload shall find. A browser that keeps nothing loses the list, and no job. */
export function keep(id, app, rows) {
  try {
    const kept = rows.map(({ title, job, state }) => ({ title, job, state: state === "cancelled" ? state : undefined }));
    localStorage.setItem(PREFIX + id, JSON.stringify({ app, rows: kept }));
  } catch {
    // it is full, or none is allowed
  }
}

/** The rows of a batch that was kept; null where there is none. */
export function kept(id, app) {
  try {
    const stored = JSON.parse(localStorage.getItem(PREFIX + id));
    if (stored?.app !== app) return null;
    return stored.rows.map((row) => ({ error: row.job || row.state ? "" : UNSENT, ...row, state: row.state ?? (row.job ? "queued" : "lost") }));
  } catch {
    return null;
  }
}

/** Forget a batch, with the names of its files. */
export function forget(id) {
  try {
    localStorage.removeItem(PREFIX + id);
  } catch {
    // then nothing was kept
  }
}
