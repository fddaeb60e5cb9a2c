/** Window and level: which values of the scan are black and which white. */

/** Level and width in Hounsfield units. */
const CT = { brain: [40, 80], "soft tissue": [50, 400], lung: [-600, 1500], bone: [400, 1800] };

/** The presets that make sense for an image: name to [level, width]. */
export function presets(image) {
  const auto = [(image.robust_min + image.robust_max) / 2, image.robust_max - image.robust_min];
  return isCT(image) ? { auto, ...CT } : { auto };
}

/** Air at about -1000 is what only CT has. NiiVue's own extremes are those of the middle, where no air need be. */
function isCT({ img, hdr }) {
  const step = Math.max(1, Math.floor(img.length / 50000));
  let [least, most] = [Infinity, -Infinity];
  for (let at = 0; at < img.length; at += step) {
    least = Math.min(least, img[at]);
    most = Math.max(most, img[at]);
  }
  const [air, dense] = [least, most].map((raw) => raw * (hdr.scl_slope || 1) + (hdr.scl_inter || 0));
  return air <= -500 && air >= -4096 && dense >= 100;
}

/** @returns {[number, number]} level and width as they are now. */
export function current(image) {
  return [(image.cal_min + image.cal_max) / 2, image.cal_max - image.cal_min];
}

/** Set them; a width is never nothing. */
export function set(image, [level, width]) {
  const least = Math.max(1e-6, Math.abs(image.global_max - image.global_min) * 1e-4);
  const half = Math.max(width, least) / 2;
  image.cal_min = level - half;
  image.cal_max = level + half;
}

/** What a drag by so many pixels makes of them: to the right wider, down darker, as on most workstations. */
export function dragged(image, right, down) {
  const [level, width] = current(image);
  const step = Math.max(Math.abs(image.robust_max - image.robust_min), 1e-6) / 250;
  set(image, [level + down * step, width + right * step]);
}
