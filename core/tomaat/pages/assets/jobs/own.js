/* Which jobs this browser has sent: their ids, and nothing else. */

const KEY = "tomaat-jobs";

/** The ids, newest first. */
export function ownJobs() {
  try {
    const ids = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(ids) ? ids : [];
  } catch {
    return [];
  }
}

/** Forget some of them. */
export function forget(gone) {
  try {
    localStorage.setItem(KEY, JSON.stringify(ownJobs().filter((id) => !gone.includes(id))));
  } catch {
    // a browser that keeps nothing has nothing to forget
  }
}
