/* The numbers that results hold, and a table of them for other programs. */

import { titleOf } from "../job/results.js";

const NUMBER = "[+-]?(?:\\d+(?:[.,]\\d+)*|\\.\\d+)(?:[eE][+-]?\\d+)?";
const LINE = new RegExp(`^\\s*(.{1,80}?)\\s*[:=]\\s*(${NUMBER})\\s*(.{0,20}?)\\s*$`);
const ALONE = new RegExp(`^${NUMBER}$`);
const FORMULA = /^[=+\-@\t\r]/;

/**
 * The numbers of a job's results, by what they are: label volumes in ml and voxels, and in a text each line that is a
 * name and a number, as it stands there.
 *
 * @returns {Array<{result: string, name: string, unit: string, text: string}>}
 */
export function numbersOf(job) {
  return (job?.results ?? []).flatMap((result) => {
    const numbers = KINDS[result.type]?.(result) ?? [];
    return numbers.map((number) => ({ result: titleOf(result), ...number }));
  });
}

const KINDS = { LabelVolume: labels, PlainText: lines, Fiducials: points };

function points(result) {
  return [{ name: titleOf(result), unit: "points", text: `${(result.value ?? []).length}` }];
}

function labels(result) {
  return Object.entries(result.value ?? {}).flatMap(([value, { voxels, millilitres }]) => {
    const name = result.labels?.[value]?.name ?? `label ${value}`;
    return [
      { name, unit: "ml", text: `${Number(millilitres.toPrecision(6))}` },
      { name, unit: "voxels", text: `${voxels}` },
    ];
  });
}

function lines(result) {
  const text = (result.value ?? "").trim();
  if (ALONE.test(text)) return [{ name: titleOf(result), unit: "", text }];
  return text.split(/\r?\n/).map((line) => LINE.exec(line)).filter(Boolean).map(([, name, number, unit]) => ({ name, unit, text: number }));
}

/** The table as CSV (RFC 4180): a row for each scan, a column for each number. */
export function csv(rows) {
  const found = rows.map((row) => new Map(numbersOf(row.shown).map((number) => [column(number, several(row.shown)), number.text])));
  const columns = [...new Set(found.flatMap((numbers) => [...numbers.keys()]))];
  const head = ["file", "job", "state", "error", ...columns];
  const body = rows.map((row, index) => [row.title, row.job ?? "", row.state, row.error ?? "", ...columns.map((name) => found[index].get(name) ?? "")]);
  return [head, ...body].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

/** Whether more than one result has numbers: they may be called the same. */
function several(job) {
  return (job?.results ?? []).filter(({ type }) => type in KINDS).length > 1;
}

function column({ result, name, unit }, several) {
  return `${several && name !== result ? `${result}: ` : ""}${name}${unit ? ` (${unit})` : ""}`;
}

/** A cell that no spreadsheet takes for a formula. */
function cell(text) {
  const safe = FORMULA.test(text) && !ALONE.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
