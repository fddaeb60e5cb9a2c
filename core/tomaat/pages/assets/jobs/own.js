/* Which jobs this browser has sent: their ids, and nothing else. */

const KEY = "tomaat-jobs";
const MOST = 500;

/** The ids, newest first. */
export function ownJobs() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids : [];
  } catch {
    return [];
  }
}

/** Remember a job that this browser has sent. */
export function remember(id) {
  keep([id, ...ownJobs().filter((other) => other !== id)].slice(0, MOST));
}

/** Forget some of them. */
export function forget(gone) {
  keep(ownJobs().filter((id) => !gone.includes(id)));
}

function keep(ids) {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // in a browser that keeps nothing there is nothing to keep, or to forget
  }
}
