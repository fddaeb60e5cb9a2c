/* A job's results: tables of what they say, downloads, and what the viewer shows of them. */

import { el } from "../dom.js";
import { base, page } from "../page.js";

/** Fill `element` with the results of a job that has succeeded. */
export function listResults(element, job) {
  element.replaceChildren(el("h2", {}, "Results"), ...job.results.map((result) => shown(result)));
  element.hidden = false;
}

function shown(result) {
  const kind = KINDS[result.type];
  return el(
    "section",
    { class: "result", "aria-label": titleOf(result) },
    el("h3", {}, titleOf(result)),
    kind ? kind(result) : null,
    downloads(result),
  );
}

/** What a result is called for people. */
export function titleOf(result) {
  return result.text || result.name.replaceAll("_", " ");
}

const KINDS = { LabelVolume: volumes, PlainText: report, Fiducials: points };

/** The size of each label that was found. */
function volumes(result) {
  const rows = Object.entries(result.value ?? {});
  if (!rows.length) return null;
  return table(
    "Volumes of the labels",
    ["Label", "Volume in ml", "Voxels"],
    rows.map(([value, size]) => {
      const label = result.labels?.[value];
      const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.background = label?.color ?? "transparent";
      return [el("span", {}, swatch, label?.name ?? `label ${value}`), number(size.millilitres, 1), number(size.voxels, 0)];
    }),
  );
}

function report(result) {
  return result.value ? el("pre", { class: "report", tabindex: "0" }, result.value) : null;
}

function points(result) {
  const rows = (result.value ?? []).map((point, index) => [`${index + 1}`, ...point.map((value) => number(value, 1))]);
  if (!rows.length) return el("p", { class: "quiet" }, "No points were found.");
  return table("Points, in LPS millimetres", ["Point", "L", "P", "S"], rows);
}

function table(caption, heads, rows) {
  const body = rows.map((row) => el("tr", {}, row.map((cell, index) => el(index ? "td" : "th", index ? {} : { scope: "row" }, cell))));
  const head = el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text)));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, head), el("tbody", {}, body)));
}

function number(value, digits) {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function downloads(result) {
  const links = (result.formats ?? [result.extension]).map((format) =>
    el("a", { href: `${result.href}.${format}`, download: `${result.name}.${format}`, "aria-label": `Download ${titleOf(result)} as ${format}` }, format),
  );
  return el("p", { class: "downloads" }, el("span", { class: "quiet" }, "Download "), links);
}

/** Have the viewer show what of a job's results it can: first what lies on the scan, then what is in space. */
export async function showResults(viewer, job, prefix = "result") {
  if (viewer.showSlices) return showSlices(viewer, job);
  for (const result of [...job.results].sort((one, other) => rank(one) - rank(other))) {
    await showResult(viewer, `${prefix}:${result.name}`, result);
  }
}

async function showResult(viewer, key, result) {
  const title = titleOf(result);
  if (result.type === "LabelVolume") {
    await viewer.showLabels(key, file(result, "nii.gz"), { title, labels: result.labels });
    requestAnimationFrame(() => performance.mark("tomaat:overlay")); // benchmarks/page.py reads it
  } else if (result.type === "VTKMesh") {
    await viewer.showMesh(key, file(result, "stl"), { title, color: null });
  } else if (result.type === "Fiducials") {
    viewer.showPoints(key, result.value ?? [], { title });
  } else if (result.formats?.includes("nii.gz") && !result.type.startsWith("Transform")) {
    await viewer.showVolume(key, file(result, "nii.gz"), { title });
  }
}

/** Have the host draw plain slices of a job's scan, with its labels over it. */
function showSlices(viewer, job) {
  const overs = job.results.filter((result) => result.type === "LabelVolume");
  const scan = (job.inputs ?? []).find((input) => input.type === "volume")?.name ?? overs[0]?.name;
  if (!scan) return;
  const url = (plane, over) => `${pageOf(job.id)}/slices/${plane}.png?of=${scan}${over ? `&over=${over}` : ""}`;
  viewer.showSlices({ url, overs: overs.map((result) => ({ key: result.name, title: titleOf(result) })) });
}

/** Have the viewer show the scans that a job was given, where the host has them still. */
export async function showInputs(viewer, job, keyOf) {
  for (const input of job.inputs ?? []) {
    if (input.type !== "volume" || viewer.has(keyOf(input.name))) continue;
    await viewer.showVolume(keyOf(input.name), file(input, "nii.gz"), { title: page.fields?.find(({ destination }) => destination === input.name)?.label ?? input.name });
  }
}

function rank(result) {
  return { LabelVolume: 0, Fiducials: 2, VTKMesh: 3 }[result.type] ?? 1;
}

function file(item, format) {
  return { url: `${item.href}.${format}`, name: `${item.name}.${format}`, size: item.size ?? 0 };
}

/** The address of a job's page. */
export function pageOf(id) {
  return `${base}/jobs/${id}`;
}
