/* Zips, made in the browser: stored as it is, since what is in them is compressed or goes over a fast network. */

import { call } from "../host.js";

/** Bytes that are gathered before the browser may put them on its disk. */
const HELD = 2 ** 24;
/** A zip of the plain kind can't be longer, and fflate writes no other. */
export const LONGEST = 2 ** 32 - 2 ** 20;

/**
 * A zip of some files.
 *
 * @param {Array<{name: string, open: () => Blob | Promise<Response>}>} items
 * @param {(done: number, total: number) => void} [onItem]
 * @returns {Promise<Blob>} the same bytes each time, so that what is sent again is known again
 */
export async function zip(items, onItem) {
  const { Zip, ZipPassThrough } = await import("../vendor/fflate/browser.js");
  const parts = [];
  let chunks = [];
  let held = 0;
  let failure = null;
  const put = () => {
    parts.push(new Blob(chunks));
    chunks = [];
    held = 0;
  };
  const archive = new Zip((error, chunk) => {
    failure ??= error;
    chunks.push(chunk);
    held += chunk?.length ?? 0;
    if (held > HELD) put();
  });
  for (const [index, { name, open }] of items.entries()) {
    const entry = new ZipPassThrough(name);
    entry.mtime = new Date(1980, 0, 1, 12);
    archive.add(entry);
    const opened = await open();
    const reader = (opened.body ?? opened.stream()).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) entry.push(next.value);
    entry.push(new Uint8Array(0), true);
    if (failure) throw failure;
    onItem?.(index + 1, items.length);
  }
  archive.end();
  put();
  return new Blob(parts, { type: "application/zip" });
}

/**
 * A scan as it is sent: `[blob, filename]`. Names of DICOM files tell of patients now and then, and stay here.
 *
 * @param {File | File[] | {url: string, name: string}} source
 */
export async function packed(source, onItem) {
  if (source.url) return [await (await call(source.url)).blob(), source.name];
  if (!Array.isArray(source)) return [source, source.name];
  const named = [...source].sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
  const items = named.map((file, index) => ({ name: `${`${index}`.padStart(5, "0")}.dcm`, open: () => file }));
  return [await zip(items, onItem), "series.zip"];
}
