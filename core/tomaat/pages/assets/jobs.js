/* The list of jobs: as they go on, those of this browser, deleted one by one or all that have ended. */

import { say } from "./dom.js";
import { call } from "./host.js";
import { sure } from "./jobs/asking.js";
import { forget, ownJobs } from "./jobs/own.js";
import { tellTimes } from "./jobs/times.js";
import { fetchPage, follow } from "./live.js";

const SECONDS = 2;
const AT_ONCE = 6;
const part = Object.fromEntries(
  ["jobs", "filter", "failed", "more", "no-jobs", "delete-ended"].map((id) => [id, document.getElementById(id)]),
);
const body = part.jobs.querySelector("tbody");
const heading = document.querySelector("h1");
const made = new Map(); // each row as the host made it

const rows = () => [...body.rows].filter((row) => !row.hidden);
const ended = () => rows().filter((row) => "final" in row.dataset);

for (const row of body.rows) made.set(row.id, row.outerHTML);
heading.tabIndex = -1;
part.filter.classList.add("live");
part.filter.addEventListener("change", () => part.filter.requestSubmit());
part["delete-ended"].addEventListener("click", deleteEnded);
body.addEventListener("click", (event) => {
  const button = event.target.closest("[data-delete]");
  if (button) deleteOne(button.closest("tr"));
});
window.addEventListener("storage", look);
setInterval(() => tellTimes(part.jobs), 20_000);
follow(look, SECONDS, () => rows().length > ended().length);
show();

/** Show those that are wanted, with what a script alone can do. */
function show() {
  const own = part.jobs.dataset.of === "browser" ? new Set(ownJobs()) : null;
  for (const row of body.rows) {
    row.hidden = own !== null && !own.has(row.dataset.job);
    row.querySelector("[data-delete]").hidden = false;
  }
  tellTimes(part.jobs);
  const number = rows().length;
  part.jobs.querySelector(".table").hidden = number === 0;
  part["no-jobs"].hidden = number > 0;
  part["delete-ended"].hidden = ended().length < 2;
  part.jobs.dataset.shown = ""; // until here the list is not to be seen
}

/** The list as it is now. */
async function look() {
  let page;
  try {
    page = await fetchPage(location.href);
  } catch (problem) {
    return problem.status === 401 ? null : fail(problem.message); // what is then to be done stands above the page
  }
  fail("");
  const focused = document.activeElement;
  const [place, control] = [focused?.closest("tr")?.id, focused?.tagName];
  const fresh = [...page.querySelectorAll("#jobs tbody tr")].map((row) => {
    const old = document.getElementById(row.id);
    if (old && made.get(row.id) === row.outerHTML) return old;
    made.set(row.id, row.outerHTML);
    return document.adoptNode(row);
  });
  if (fresh.length !== body.rows.length || fresh.some((row, index) => row !== body.rows[index])) {
    body.replaceChildren(...fresh);
    part.more.hidden = page.getElementById("more").hidden;
    show();
    if (place && !body.contains(document.activeElement)) document.getElementById(place)?.querySelector(control)?.focus();
  }
}

async function deleteOne(row) {
  const { app, results, size } = row.dataset;
  const running = !("final" in row.dataset);
  const lost = results ? `Its results (${results}${size ? `, ${size} in all` : ""}) are removed from the host.` : "";
  const told = running ? "It is stopped, and nothing of it is kept." : `${lost} This can't be undone.`.trim();
  if (!(await sure(running ? `Cancel this job of ${app}?` : `Delete this job of ${app}?`, told, running ? "Cancel the job" : "Delete"))) return;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (await remove([row])) (next?.querySelector("[data-delete]") ?? heading).focus();
}

async function deleteEnded() {
  const gone = ended();
  const told = `Their results are removed from the host. ${rows().length > gone.length ? "Jobs that wait or run go on. " : ""}This can't be undone.`;
  if (await sure(`Delete ${gone.length} jobs?`, told)) {
    await remove(gone);
    heading.focus();
  }
}

/** Remove jobs, a few at a time; what can't be removed stays in the list, and is told. */
async function remove(wanted) {
  const waiting = [...wanted];
  const gone = [];
  let problem = null;
  const work = async () => {
    for (let row = waiting.shift(); row && !problem; row = waiting.shift()) {
      try {
        await call(`/v1/jobs/${row.dataset.job}`, { method: "DELETE" });
      } catch (failure) {
        if (failure.status !== 404) problem = failure; // somebody else has removed it
      }
      if (!problem) gone.push(row);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  gone.forEach((row) => row.remove());
  forget(gone.map((row) => row.dataset.job));
  show();
  fail(problem ? `${wanted.length - gone.length} of ${wanted.length} could not be removed: ${problem.message}` : "");
  if (gone.length) say(gone.length === 1 ? "The job is gone." : `${gone.length} jobs are gone.`);
  return !problem;
}

function fail(sentence) {
  part.failed.textContent = sentence;
  part.failed.hidden = !sentence;
}
