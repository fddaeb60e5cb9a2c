/* The table of a batch: a row for each scan, which changes in place. */

import { el } from "../dom.js";
import { pageOf } from "../job/results.js";
import { numbersOf } from "./numbers.js";
import { hasEnded } from "./rows.js";

const MOST_NUMBERS = 4;
const WORDS = { waiting: "not sent yet", sending: "sending", queued: "waiting", running: "running", succeeded: "done", failed: "failed", cancelled: "cancelled", lost: "lost" };

/** The lines of a batch's table. */
export class Table {
  /** @param {{onShow, onRetry, onCancel: (row) => void}} actions */
  constructor(rows, actions) {
    this.actions = actions;
    this.lines = new Map(rows.map((row) => [row, this._line(row)]));
    const heads = ["Scan", "State", "Found"].map((text) => el("th", { scope: "col" }, text));
    const head = el("tr", {}, heads);
    const body = el("tbody", {}, [...this.lines.values()].map(({ line }) => line));
    this.element = el("div", { class: "table scans", tabindex: "0", role: "region", "aria-label": "Scans" }, el("table", {}, el("thead", {}, head), body));
    rows.forEach((row) => this.update(row));
  }

  _line(row) {
    const { onShow, onRetry, onCancel } = this.actions;
    const button = (text, action) => el("button", { type: "button", class: "plain", "aria-label": `${text} ${row.title}`, onclick: () => action(row) }, text);
    const parts = {
      title: el("th", { scope: "row" }, row.title),
      word: el("span", { class: "state" }),
      bar: el("progress", { max: "1", "aria-label": `Progress of ${row.title}` }),
      note: el("p", { class: "quiet small" }),
      numbers: el("ul", { class: "numbers" }),
      show: button("Show", onShow),
      retry: button("Retry", onRetry),
      cancel: button("Cancel", onCancel),
    };
    const state = el("td", {}, parts.word, parts.bar, parts.note, el("p", { class: "ways" }, parts.show, parts.retry, parts.cancel));
    return { ...parts, line: el("tr", {}, parts.title, state, el("td", {}, parts.numbers)) };
  }

  /** Show a row as it is now. */
  update(row) {
    const line = this.lines.get(row);
    line.word.textContent = WORDS[row.state];
    line.word.className = `state ${row.state}`;
    line.bar.hidden = !["sending", "running"].includes(row.state);
    if (row.fraction) line.bar.value = row.fraction;
    else line.bar.removeAttribute("value");
    line.note.textContent = row.error || (hasEnded(row) ? "" : (row.note ?? ""));
    line.note.hidden = !line.note.textContent;
    line.show.hidden = row.state !== "succeeded";
    line.retry.hidden = !(row.source && ["failed", "cancelled", "lost"].includes(row.state));
    line.cancel.hidden = hasEnded(row);
    if (row.state !== line.state) {
      line.title.replaceChildren(row.job ? el("a", { href: pageOf(row.job) }, row.title) : row.title);
      line.numbers.replaceChildren(...found(row));
    }
    line.state = row.state;
  }

  /** Say which row the viewer shows. */
  mark(row) {
    for (const [other, { line, show }] of this.lines) {
      line.classList.toggle("shown", other === row);
      show.setAttribute("aria-pressed", `${other === row}`);
    }
  }
}

function found(row) {
  if (row.state !== "succeeded") return [];
  const all = numbersOf(row.shown).filter(({ unit }) => unit !== "voxels");
  const numbers = all.filter((number, at) => !all.slice(0, at).some((other) => isSame(other, number)));
  const rest = numbers.length - MOST_NUMBERS;
  const twice = (name) => numbers.filter((number) => number.name === name).length > 1;
  const named = ({ result, name }) => el("span", { class: "quiet" }, twice(name) ? `${result}, ${name}` : name);
  const items = numbers.slice(0, MOST_NUMBERS).map((number) => el("li", {}, named(number), ` ${rounded(number)}`));
  return [...items, ...(rest > 0 ? [el("li", { class: "quiet" }, `and ${rest} more`)] : [])];
}

/** Whether a report says once more what a label volume says. */
function isSame(one, other) {
  return one.name.toLowerCase() === other.name.toLowerCase() && one.unit === other.unit && Math.abs(one.text - other.text) < 0.1;
}

function rounded({ text, unit }) {
  return unit === "ml" ? `${Number(text).toLocaleString("en", { maximumFractionDigits: 1 })} ml` : `${text} ${unit}`.trim();
}
