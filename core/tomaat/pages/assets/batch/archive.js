/* All results of a batch as one zip: a folder for each scan. */

import { zip, LONGEST } from "../form/packing.js";
import { call } from "../host.js";

/** The formats that the results of some jobs come in, each once. */
export function formatsOf(rows) {
  return [...new Set(rows.flatMap(({ shown }) => (shown?.results ?? []).flatMap(({ formats }) => formats ?? [])))];
}

/**
 * A zip of all results.
 *
 * @param {string} format which each result has that comes in it; the others have their first
 */
export async function archive(rows, format, onItem) {
  const items = [];
  let size = 0;
  const folders = new Set();
  for (const row of rows.filter(({ state }) => state === "succeeded")) {
    const folder = unique(row.title, folders);
    for (const result of row.shown.results) {
      const extension = result.formats?.includes(format) ? format : result.extension;
      size += result.size ?? 0;
      items.push({ name: `${folder}/${result.name}.${extension}`, open: () => call(`/v1/jobs/${row.job}/results/${result.name}.${extension}`) });
    }
  }
  if (size > LONGEST) throw new Error("The results are more than 4 GB, too much for one zip. Download them one by one.");
  return zip(items, onItem);
}

/** A folder's name that all systems take, once. */
function unique(title, taken) {
  const plain = title.replace(/\.(nii|nii\.gz|mha|mhd|nrrd|zip|dcm)$/i, "").replace(/[^\p{L}\p{N}._ -]+/gu, "_").replace(/^[. ]+|[. ]+$/g, "") || "scan";
  let name = plain;
  for (let number = 2; taken.has(name.toLowerCase()); number++) name = `${plain} ${number}`;
  taken.add(name.toLowerCase());
  return name;
}

/** Have the browser save a blob. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
