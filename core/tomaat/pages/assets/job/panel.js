/* How a job stands: sending, waiting, running, and what went wrong, with Cancel. */

import { el, say } from "../dom.js";
import { explain } from "./failures.js";

const STEPS = ["Sending", "Waiting", "Running", "Done"];

/** The panel of one job after the other, inside `element`. */
export class Panel {
  /** @param {{onCancel: () => void, onAgain: () => void}} actions */
  constructor(element, { onCancel, onAgain }) {
    this.element = element;
    this.heading = el("h2", { tabindex: "-1" });
    this.steps = el("ol", { class: "steps" }, STEPS.map((step) => el("li", {}, step)));
    this.bar = el("progress", { max: "1", "aria-label": "Progress" });
    this.message = el("p", { class: "quiet" });
    this.wrong = el("div", { class: "failure", role: "alert", hidden: true });
    this.cancel = el("button", { type: "button", class: "plain", onclick: onCancel }, "Cancel");
    this.again = el("button", { type: "button", onclick: onAgain, hidden: true }, "Change and run again");
    element.replaceChildren(this.heading, this.steps, this.bar, this.message, this.wrong, el("div", { class: "actions" }, this.again, this.cancel));
  }

  /** Say how much of the upload has gone out. */
  sending(sent, total) {
    const gone = total > 0 && sent >= total;
    this._show("Sending", 0, total ? sent / total : null, gone ? "The host is looking at it" : `${mebibytes(sent)} of ${mebibytes(total)}`);
  }

  /** Say why sending it has to wait. */
  waiting(sentence) {
    this._show("Sending", 0, null, sentence);
  }

  /** Show a job as it stands now. */
  show(job) {
    const { fraction, message } = job.progress;
    if (job.state === "queued") {
      const before = job.position > 1 ? `${job.position - 1} before it` : "It is next";
      this._show("Waiting", 1, null, message || before);
    } else if (job.state === "running") {
      this._show("Running", 2, fraction || null, message || "The app is at work");
    } else if (job.state === "succeeded") {
      this._show("Done", 3, 1, `${seconds(job)}${job.expires ? `, kept until ${until(job.expires)}` : ""}`);
    } else {
      this.fail(job.error ?? { code: job.state, detail: "" });
    }
  }

  /** Say that the connection is lost and that the job goes on. */
  lost() {
    this.message.textContent = "The connection is lost; the job goes on. Trying to reach the host again.";
  }

  /** Say why it could not be cancelled. */
  goesOn(why) {
    this.message.textContent = `It could not be cancelled. ${why}`;
    say(this.message.textContent);
  }

  /** Say what went wrong, and what to do. */
  fail(problem) {
    const { title, step } = explain(problem.code);
    this._show(title, -1, null, "");
    const detail = problem.detail ?? problem.message;
    this.wrong.replaceChildren(
      ...[detail && el("p", {}, detail), el("p", {}, step), problem.request && el("p", { class: "quiet" }, "Reference: ", el("code", {}, problem.request))].filter(Boolean),
    );
    this.wrong.hidden = false;
    this.bar.hidden = true;
    this._ended();
  }

  _show(heading, step, fraction, message) {
    const first = this.element.hidden;
    const changed = this.heading.textContent !== heading;
    this.element.hidden = false;
    this.heading.textContent = heading;
    [...this.steps.children].forEach((item, index) => {
      item.className = index < step || step === 3 ? "done" : index === step ? "now" : "";
      if (index === step) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    this.steps.hidden = step < 0;
    this.bar.hidden = step === 3;
    if (fraction === null) this.bar.removeAttribute("value");
    else this.bar.value = fraction;
    this.message.textContent = message;
    this.wrong.hidden = true;
    this.cancel.hidden = false;
    this.again.hidden = true;
    if (step === 3) this._ended();
    if (changed) say(`${heading}. ${message}`);
    if (first) this.element.scrollIntoView({ block: "nearest" });
  }

  _ended() {
    this.cancel.hidden = true;
    this.again.hidden = false;
  }
}

function mebibytes(bytes) {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

function seconds(job) {
  const taken = (Date.parse(job.finished) - Date.parse(job.created)) / 1000;
  return taken < 90 ? `It took ${taken.toFixed(1)} s` : `It took ${Math.round(taken / 60)} minutes`;
}

function until(time) {
  return new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
