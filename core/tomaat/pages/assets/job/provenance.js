/* Where a result came from: the app, its weights, its inputs; for a paper, as a paragraph. */

import { copy, el, say } from "../dom.js";
import { call } from "../host.js";

/** Add a job's provenance below its results. */
export function showProvenance(element, job) {
  const button = el("button", { type: "button", class: "plain" }, "Copy as a methods paragraph");
  let paragraph = null;
  methodsOf(job).then((text) => (paragraph = text), () => {}); // WebKit copies at a press only what is there by then
  button.addEventListener("click", () => copyMethods(job, button, paragraph));
  element.append(
    el(
      "section",
      { class: "result", "aria-label": "Provenance" },
      el("h3", {}, "Where this came from"),
      el("div", { class: "actions" }, button),
      el("details", {}, el("summary", {}, "Everything that the host has noted"), list({ job: job.id, ...job.provenance }), el("h4", {}, "Time taken, in seconds"), list(job.timings)),
    ),
  );
}

async function methodsOf(job) {
  return (await call(`/jobs/${job.id}/methods`, { headers: { Accept: "text/plain" } })).text();
}

async function copyMethods(job, button, paragraph) {
  let told;
  try {
    told = (await copy(paragraph ?? (await methodsOf(job)))) ? "Copied" : "The browser did not let it be copied";
  } catch (problem) {
    told = problem.message;
  }
  const before = button.textContent;
  button.textContent = told;
  say(told);
  setTimeout(() => (button.textContent = before), 2500);
}

function list(values) {
  const rows = Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== "" && !isEmpty(value));
  return el("dl", {}, rows.flatMap(([name, value]) => [el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, typeof value === "object" ? list(value) : `${value}`)]));
}

function isEmpty(value) {
  return typeof value === "object" && Object.keys(value).length === 0;
}
