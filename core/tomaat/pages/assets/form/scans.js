/* Which scans are in the files that somebody has chosen or dropped. */

import { recognise } from "./content.js";

const CLUTTER = /(^|\/)(\.[^/]*|__MACOSX\/.*|Thumbs\.db|desktop\.ini|DICOMDIR)$/i;
/** Storage classes that hold no image: reports, presentation states, documents, radiotherapy plans. */
const NO_IMAGE = /1\.2\.840\.10008\.5\.1\.4\.1\.1\.(88|11|104|481\.[3589]|66)(\.|\0|[^.\d])/;
const CALLED_SCAN = /\.(nii|nii\.gz|mha|nrrd|dcm|zip)$/i;
const AT_ONCE = 16;

/**
 * @typedef {object} Scan
 * @property {string} title for people
 * @property {string} detail its size
 * @property {File | File[]} source File[]: the images of a DICOM series
 * @property {boolean} transform whether it is a transform's file
 */

/**
 * The scans in some files: each NIfTI, MHA, NRRD and zip is one, each DICOM series, each MHD with its RAW.
 *
 * @param {Array<{file: File, path: string}>} chosen
 * @returns {Promise<{scans: Scan[], refused: string[]}>} refused: a sentence for each file that is none
 */
export async function scansIn(chosen) {
  const files = chosen.filter(({ path }) => !CLUTTER.test(path));
  const seen = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const some = files.slice(start, start + AT_ONCE);
    seen.push(...(await Promise.all(some.map(async (item) => ({ ...item, ...(await recognise(item.file)) })))));
  }
  const refused = seen.filter(({ kind }) => kind === "wrong").map(refusal);
  const scans = [...seriesIn(seen.filter(({ kind }) => kind === "dicom"))];
  for (const item of seen) {
    if (["volume", "zip", "transform"].includes(item.kind)) scans.push(scan(item.path, item.file, item.size, item.kind));
    else if (item.kind === "header") {
      const joined = join(item, files);
      if (joined) scans.push(scan(item.path, joined, item.size));
      else refused.push(`“${item.file.name}” holds no voxels: choose it together with the file “${dataName(item.text)}”, or save it as .mha.`);
    }
  }
  const strange = seen.filter(({ kind }) => kind === "unknown");
  // one file that nothing here knows may be one that the host knows
  if (!scans.length && !refused.length && strange.length === 1) scans.push(scan(strange[0].path, strange[0].file));
  else {
    // beside scans there may be notes, but what is called a scan and is none would be missed
    const missed = strange.filter(({ path }) => !scans.length || CALLED_SCAN.test(path));
    refused.push(...missed.map((item) => refusal({ ...item, why: "nothing in it says so" })));
  }
  scans.sort((one, other) => one.title.localeCompare(other.title, "en", { numeric: true }));
  return { scans, refused };
}

function scan(path, file, size = [], kind = "volume") {
  const detail = [bytes(file.size), size.length ? `${size.join(" × ")} voxels` : null].filter(Boolean).join(", ");
  return { title: path, detail, source: file, transform: kind === "transform" };
}

function refusal({ file, why }) {
  return `“${file.name}” is no image volume: ${why}. NIfTI, MHA, NRRD or DICOM was expected.`;
}

/** DICOM images by folder and series. */
function* seriesIn(images) {
  const groups = new Map();
  for (const image of images.filter(({ text }) => !NO_IMAGE.test(text.slice(0, 1024)))) {
    const folder = image.path.slice(0, Math.max(image.path.lastIndexOf("/"), 0));
    const key = `${folder}\n${seriesOf(image.text)}`;
    groups.set(key, [...(groups.get(key) ?? []), { ...image, folder }]);
  }
  const alone = (folder) => [...groups.values()].filter(([image]) => image.folder === folder).length === 1;
  let number = 0;
  for (const group of groups.values()) {
    const [{ folder, file, text }] = group;
    number++;
    const name = folder || (group.length === 1 ? file.name : "DICOM series");
    const files = group.map((image) => image.file);
    const size = bytes(files.reduce((sum, one) => sum + one.size, 0));
    const described = alone(folder) ? "" : `, ${textOf(text, "\x08\0\x3e\x10", "LO") || `series ${number}`}`;
    yield { title: name + described, detail: `${size}, ${files.length} DICOM image${files.length > 1 ? "s" : ""}`, source: files, transform: false };
  }
}

/** The series that an image belongs to: its UID stands right behind that of the study. Empty where neither is told. */
function seriesOf(text) {
  const study = text.search(/\x20\0\x0d\0(UI[^]{2}|[^]{4})[\d.]*\0?\x20\0\x0e\0/);
  return study < 0 ? "" : /\x20\0\x0e\0(?:UI[^]{2}|[^]{4})([\d.]*)/.exec(text.slice(study))[1];
}

/** A short text in an image's header, by its tag; empty where it is not told. */
function textOf(text, tag, kind) {
  const at = text.indexOf(tag + kind);
  const from = at + 8;
  return at < 0 ? "" : text.slice(from, from + text.charCodeAt(at + 6) + 256 * text.charCodeAt(at + 7)).replace(/[\0\s]+$/, "");
}

/** An MHD and the file that it names, as one MHA; null where that is not among the files. */
function join(header, files) {
  const folder = header.path.slice(0, header.path.length - header.file.name.length);
  const voxels = files.find(({ path }) => path === folder + dataName(header.text));
  if (!voxels) return null;
  const lines = header.text.replace(/ElementDataFile\s*[=:][^\r\n]*[^]*/i, "ElementDataFile = LOCAL\n");
  const encoded = Uint8Array.from(lines, (character) => character.charCodeAt(0));
  return new File([encoded, voxels.file], header.file.name.replace(/(\.mhd)?$/i, ".mha"));
}

function dataName(text) {
  return (/^\s*ElementDataFile\s*[=:]\s*(.*?)\s*$/im.exec(text)?.[1] ?? "").replace(/^\.\//, "");
}

/** A size for people. */
export function bytes(count) {
  return count < 2 ** 20 ? `${Math.ceil(count / 1024)} KB` : `${(count / 2 ** 20).toFixed(count < 2 ** 23 ? 1 : 0)} MB`;
}
