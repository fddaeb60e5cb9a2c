/** From what a person drops, or a job's result, to an image that NiiVue has read. */
import { asNifti, holdsDicom, isDicom } from "./dicom.js";

const UNKNOWN = "This file is no image that the viewer can show. The host looks at it when it is sent.";
const DAMAGED = "This file is damaged, or not complete. The host looks at it when it is sent.";
const GZIP = [0x1f, 0x8b];
const HEAD = 4096;

/**
 * @typedef {File | Blob | File[] | {url: string, name: string, size?: number}} Source
 * @typedef {(text: string, fraction?: number) => void} Progress
 */

/**
 * @param {typeof import("@niivue/niivue").NVImage} NVImage
 * @param {Source} source
 * @param {Progress} progress
 * @returns {Promise<{image: object, note: string}>} the note says what of several series is shown.
 */
export async function readImage(NVImage, source, progress) {
  let { file, note } = await oneFile(source, progress);
  let head = await firstBytes(file);
  if (isDicom(head) || holdsDicom(head)) {
    ({ file, note } = await asNifti([file], progress));
    head = await firstBytes(file);
  }
  progress("Reading the image");
  const ask = named(file, head);
  let image;
  try {
    image = await NVImage.loadFromFile(ask);
  } catch (cause) {
    throw new Error(DAMAGED, { cause });
  }
  if (!image?.img || image.img.length < image.hdr.dims[1] * image.hdr.dims[2] * image.hdr.dims[3]) {
    throw new Error(DAMAGED);
  }
  return { image, note };
}

/** A mesh's file: fetched if need be. */
export async function readFile(source, progress) {
  return source.url ? await fetched(source, progress) : source;
}

async function oneFile(source, progress) {
  if (!Array.isArray(source)) return { file: await readFile(source, progress), note: "" };
  if (source.length === 1) return { file: source[0], note: "" };
  return await asNifti(source, progress);
}

/** What the host sends for a URL, as a file. */
async function fetched(source, progress) {
  let answer;
  try {
    answer = await fetch(source.url, { credentials: "same-origin" });
    if (answer.ok) return await received(answer, source, progress);
  } catch (cause) {
    throw new Error("The connection to the host was lost meanwhile; load the page again.", { cause });
  }
  throw new Error(await reason(answer));
}

async function received(answer, { name, size }, progress) {
  const total = Number(answer.headers.get("content-length")) || size || 0;
  const pieces = [];
  let come = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    come += value.length;
    progress("Loading", total ? Math.min(1, come / total) : undefined);
  }
  return new File(pieces, name);
}

async function reason(answer) {
  try {
    return (await answer.json()).detail;
  } catch {
    return "The host did not send this result; load the page again.";
  }
}

/** The first bytes, unpacked if they are packed with gzip. */
async function firstBytes(file) {
  const start = new Uint8Array(await file.slice(0, 65536).arrayBuffer());
  if (start[0] !== GZIP[0] || start[1] !== GZIP[1]) return start;
  const reader = new Blob([start]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const head = new Uint8Array(HEAD);
  head.packed = true;
  let filled = 0;
  try {
    while (filled < HEAD) {
      const { done, value } = await reader.read();
      if (done) break;
      head.set(value.subarray(0, HEAD - filled), filled);
      filled += value.length;
    }
  } catch {
    // A stream that was cut off ends so; what came before is enough.
  }
  reader.cancel().catch(() => {});
  return head;
}

/** What NiiVue is asked to read. It goes by names, so the file gets the one that its content deserves. */
function named(file, head) {
  const text = new TextDecoder("latin1").decode(head.subarray(0, HEAD));
  const packed = head.packed ? ".gz" : "";
  if (text.startsWith("NRRD")) return asked([file], "image.nrrd" + packed);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const size = head.length >= 348 ? [view.getInt32(0, true), view.getInt32(0, false)] : [];
  if (size.includes(348) || size.includes(540)) return asked([file], "image.nii" + packed);
  if (/^(ObjectType|NDims|Comment|ObjectSubType)\s*=/m.test(text.slice(0, 400))) return metaImage(file, text, packed);
  throw new Error(UNKNOWN);
}

/** MetaImage in two parts: NiiVue skips voxels behind a header that look like line feeds, and takes "Offset" only. */
function metaImage(file, text, packed) {
  const local = /^ElementDataFile\s*=\s*LOCAL\s*?\r?\n/m.exec(text);
  if (packed || !local) throw new Error(UNKNOWN);
  const header = text.slice(0, local.index).replace(/^(Position|Origin)(\s*=)/m, "Offset$2");
  const voxels = new File([file.slice(local.index + local[0].length)], "image.raw");
  return { ...asked([header, "ElementDataFile = image.raw\n"], "image.mha"), urlImgData: voxels };
}

function asked(parts, name) {
  return { file: new File(parts, name), name };
}
