/** A label volume: which values it has, their names, and one look-up table that says how each is shown. */
import { nextColour, parts } from "./colours.js";

const LABEL_INTENT = 1002;
const UINT8 = 2;
const UINT16 = 512;
/** As wide as every device's textures may be. Further values share the colours of the first ones. */
const MOST = 4095;

/**
 * @typedef {{value: number, name: string, colour: string, shown: boolean, opacity: number, voxels: number, at: number}} Label
 *   `at` is the index of a voxel of it, near the middle of its voxels.
 */

export class Labels {
  /**
   * Takes the place of the image's voxels: values may be up to 2^32 - 1 and anywhere, indices are 1 to n. So one byte a
   * voxel does for most, and the table is as long as there are labels.
   */
  constructor(image, named = {}) {
    this.image = image;
    this.opacity = 0.6;
    this.shown = true;
    const { values, indices, counts } = indexed(image);
    const places = middles(indices, counts);
    let unnamed = 0;
    for (const colour of Object.values(named)) if (colour?.color) unnamed += 1;
    /** @type {Label[]} */
    this.items = values.map((value, n) => ({
      value,
      name: named[value]?.name ?? `label ${value}`,
      colour: named[value]?.color ?? nextColour(unnamed++),
      shown: true,
      opacity: 1,
      voxels: counts[n + 1],
      at: places[n + 1],
    }));
    image.img = indices;
    image.hdr.datatypeCode = indices.BYTES_PER_ELEMENT === 1 ? UINT8 : UINT16;
    image.hdr.numBitsPerVoxel = indices.BYTES_PER_ELEMENT * 8;
    image.hdr.intent_code = LABEL_INTENT;
    image.hdr.scl_slope = 1;
    image.hdr.scl_inter = 0;
    image.nFrame4D = 1;
    image.frame4D = 0;
    [image.cal_min, image.cal_max, image.global_min, image.global_max] = [0, values.length, 0, values.length];
    image.opacity = 1;
    this.paint();
  }

  /** The label of an index that is stored in a voxel; null for the background. */
  of(index) {
    return this.items[index - 1] ?? null;
  }

  /** Where to go to see a label: a voxel of it, in RAS millimetres. */
  place(label) {
    const [, width, height] = this.image.hdr.dims;
    const at = label.at;
    const voxel = [at % width, Math.floor(at / width) % height, Math.floor(at / (width * height)), 1];
    return this.image.hdr.affine.slice(0, 3).map((row) => row.reduce((sum, part, axis) => sum + part * voxel[axis], 0));
  }

  /** Write what is shown into the look-up table; the viewer then draws it. */
  paint() {
    const table = new Uint8ClampedArray(4 * Math.max(2, this.items.length + 1));
    this.items.forEach((label, n) => {
      const alpha = this.shown && label.shown ? this.opacity * label.opacity * 255 : 0;
      table.set([...parts(label.colour), alpha], 4 * (n + 1));
    });
    this.image.colormapLabel = { lut: table, min: 0, max: table.length / 4 - 1, labels: [] };
  }
}

/** The distinct values, ascending, without 0; for each voxel 1 + the place of its value among them, and how many each has. */
function indexed(image) {
  const { img } = image;
  const count = Math.min(img.length, image.hdr.dims[1] * image.hdr.dims[2] * image.hdr.dims[3]);
  const slope = image.hdr.scl_slope || 1;
  const inter = image.hdr.scl_inter || 0;
  const raws = new Set();
  let last = NaN;
  for (let at = 0; at < count; at++) {
    if (img[at] !== last) raws.add((last = img[at]));
  }
  const value = (raw) => Math.round(raw * slope + inter);
  const values = [...new Set([...raws].map(value))].filter((one) => one !== 0 && Number.isFinite(one)).sort((a, b) => a - b);
  const place = new Map(values.map((one, n) => [one, (n % MOST) + 1]));
  const index = new Map([...raws].map((raw) => [raw, place.get(value(raw)) ?? 0]));
  const shown = values.slice(0, MOST);
  const indices = shown.length < 256 ? new Uint8Array(count) : new Uint16Array(count);
  const counts = new Float64Array(shown.length + 1);
  last = NaN;
  let found = 0;
  for (let at = 0; at < count; at++) {
    if (img[at] !== last) found = index.get((last = img[at])) ?? 0;
    indices[at] = found;
    counts[found] += 1;
  }
  return { values: shown, indices, counts };
}

/** For each index the voxel in the middle of its voxels' order: inside of it, unlike the centre of a bent structure. */
function middles(indices, counts) {
  const left = counts.map((count) => Math.ceil(count / 2));
  const places = new Float64Array(counts.length);
  for (let at = 0; at < indices.length; at++) {
    const index = indices[at];
    if (index && left[index] > 0 && --left[index] === 0) places[index] = at;
  }
  return places;
}
