/* What a file is, by its first bytes, as the host sees it: what it would refuse is refused before it is sent. */

import { isDicom } from "../viewer/dicom.js";

/** Bytes that are looked at: a DICOM file says by then of which series it is. */
const HEAD = 16384;
const SHORTEST_NIFTI = 348;

const OTHERS = [
  [/^\xff\xd8\xff/, "a JPEG picture"],
  [/^\x89PNG/, "a PNG picture"],
  [/^GIF8/, "a GIF picture"],
  [/^BM[^]{4}\0{4}/, "a BMP picture"],
  [/^(II\*\0|MM\0\*)/, "a TIFF picture"],
  [/^RIFF[^]{4}WEBP/, "a WebP picture"],
  [/^%PDF/, "a PDF document"],
  [/^(\xd0\xcf\x11\xe0|PK\x03\x04[^]*(\[Content_Types\]\.xml|mimetypeapplication\/))/, "an Office document"],
  [/^[^]{4}ftyp/, "a video"],
  [/^(Rar!|7z\xbc\xaf)/, "an archive that is no zip; unpack it first"],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page or XML"],
];
const META = /^\s*(Comment|ObjectType|ObjectSubType|NDims|Name|ID|BinaryData|DimSize)\s*[=:]/i;
const TRANSFORM = /^(\x89HDF\r\n|#Insight Transform File V1\.0|[^]{20}[A-Za-z0-9]+_(double|float)_\d_\d\0)/;

/**
 * @typedef {object} Content
 * @property {"volume"|"header"|"dicom"|"zip"|"transform"|"wrong"|"unknown"} kind "header": an MHD without its voxels
 * @property {number[]} [size] voxels along each axis
 * @property {string} [why] of what is wrong: half a sentence
 * @property {string} text the first bytes, a character each
 */

/** What a file is. @param {File} file @returns {Promise<Content>} */
export async function recognise(file) {
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  const text = String.fromCharCode(...head);
  return { text, ...(head.length ? await known(file, head, text) : wrong("it is empty")) };
}

async function known(file, head, text) {
  // first: what stands before its mark may be the beginning of a picture
  if (isDicom(head)) return { kind: "dicom" };
  const other = OTHERS.find(([start]) => start.test(text));
  if (other) return wrong(`it is ${other[1]}`);
  if (text.startsWith("\x1f\x8b")) {
    const inner = await unzipped(file);
    if (!inner) return wrong("it begins like a gzip, and is none");
    return nifti(inner) ?? wrong("it is compressed, but there is no NIfTI volume in it");
  }
  if (TRANSFORM.test(text)) return { kind: "transform" };
  if (text.startsWith("PK\x03\x04")) return { kind: "zip" };
  if (text.startsWith("NRRD00")) {
    if (/^data ?file:/im.test(text.split(/\r?\n\r?\n/)[0])) return wrong("its header names another file; save it again as one .nrrd");
    return { kind: "volume", size: numbers(/^sizes:(.*)/im.exec(text)?.[1]) };
  }
  if (META.test(text)) {
    const local = /^\s*ElementDataFile\s*[=:]\s*LOCAL\s*$/im.test(text);
    return { kind: local ? "volume" : "header", size: numbers(/^\s*DimSize\s*[=:](.*)/im.exec(text)?.[1]) };
  }
  return nifti(head) ?? { kind: "unknown" };
}

function nifti(head) {
  if (head.length < SHORTEST_NIFTI) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const little = [348, 540].find((length) => view.getInt32(0, true) === length);
  const length = little ?? [348, 540].find((length) => view.getInt32(0, false) === length);
  if (!length) return null;
  const magic = String.fromCharCode(...head.subarray(length === 348 ? 344 : 4, length === 348 ? 347 : 7));
  if (magic.startsWith("ni")) return wrong("it is half of a pair (.hdr and .img); save it again as one .nii.gz");
  const axis = (index) => (length === 348 ? view.getInt16(40 + 2 * index, !!little) : Number(view.getBigInt64(16 + 8 * index, !!little)));
  return { kind: "volume", size: Array.from({ length: Math.min(axis(0), 3) }, (_, index) => axis(index + 1)) };
}

/** The beginning of what is in a gzip; null where it is none. */
async function unzipped(file) {
  const reader = file.slice(0, 4 * HEAD).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  let bytes = new Uint8Array(0);
  try {
    while (bytes.length < 2 * SHORTEST_NIFTI) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes = new Uint8Array([...bytes, ...value.subarray(0, 2 * SHORTEST_NIFTI)]);
    }
  } catch {
    // it was cut off here on purpose, or is damaged: what came before that is looked at
  }
  reader.cancel().catch(() => {});
  return bytes.length ? bytes : null;
}

function numbers(text) {
  const found = (text ?? "").trim().split(/\s+/).map(Number);
  return found.every((number) => number > 0) ? found.slice(0, 3) : [];
}

function wrong(why) {
  return { kind: "wrong", why };
}
