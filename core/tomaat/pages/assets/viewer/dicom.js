/** DICOM series, made into NIfTI by dcm2niix in a worker of its own. Nothing of them leaves the browser for that. */

const NONE = "No DICOM image that the viewer can show is in this. The host looks at it when it is sent.";

/** A file of old, without the mark: it begins with its first group, and a length or the letters of a kind. */
const UNMARKED = /^\x08\0[^]\0([A-Z]{2}|[^][^]\0\0)/;

/** Whether a file that starts so is DICOM. */
export function isDicom(head) {
  const text = String.fromCharCode(...head.subarray(0, 132));
  return text.slice(128) === "DICM" || UNMARKED.test(text);
}

/** Whether a file that starts so is a zip, which a series may be in. */
export function holdsDicom(head) {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5);
}

/**
 * @param {(File | Blob)[]} files of a folder, or one zip, or one file.
 * @returns {Promise<{file: File, note: string}>} the series with most voxels.
 */
export async function asNifti(files, progress) {
  progress("Unpacking the series");
  const slices = await dicomFiles(files);
  if (!slices.length) throw new Error(NONE);
  progress(`Reading ${slices.length} DICOM ${slices.length === 1 ? "file" : "files"}`);
  const { Dcm2niix } = await import("../vendor/dcm2niix/index.jpeg.js");
  const tool = new Dcm2niix();
  try {
    await tool.init();
    const made = (await tool.input(slices).b("n").ba("n").z("n").f("%s_%d").run()).filter((file) => /\.nii(\.gz)?$/.test(file.name));
    if (!made.length) throw new Error(NONE);
    made.sort((a, b) => b.size - a.size);
    const name = made[0].name.replace(/\.nii(\.gz)?$/, "");
    const note = made.length > 1 ? `The largest of ${made.length} series is shown: ${name}.` : "";
    return { file: made[0], note };
  } catch (error) {
    throw new Error(NONE, { cause: error });
  } finally {
    tool.worker?.terminate();
  }
}

async function dicomFiles(files) {
  const found = [];
  for (const file of files) {
    const head = new Uint8Array(await file.slice(0, 132).arrayBuffer());
    if (isDicom(head)) found.push(file);
    else if (holdsDicom(head)) found.push(...(await unzipped(file)));
  }
  // The tool writes all files into one folder by their names; two slices of one name would be one.
  return found.map((file, n) => new File([file], `${String(n).padStart(6, "0")}.dcm`));
}

async function unzipped(file) {
  const { unzip } = await import("../vendor/fflate/browser.js");
  const packed = new Uint8Array(await file.arrayBuffer());
  const entries = await new Promise((resolve, reject) => {
    unzip(packed, (error, all) => (error ? reject(new Error("This zip is damaged.")) : resolve(all)));
  });
  return Object.values(entries).filter(isDicom).map((bytes) => new File([bytes], "slice.dcm"));
}
