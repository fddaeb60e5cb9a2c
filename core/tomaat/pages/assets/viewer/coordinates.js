/** Positions in millimetres. The host and its clients speak LPS (as DICOM and SimpleITK), NiiVue RAS (as NIfTI). */

/** @param {ArrayLike<number>} mm in LPS or RAS; the other of them is returned. */
export function turned(mm) {
  return [-mm[0], -mm[1], mm[2]];
}

/** "R 12.3 A 4.5 S 30.0 mm", from LPS. */
export function spoken(mm) {
  const letters = [mm[0] < 0 ? "R" : "L", mm[1] < 0 ? "A" : "P", mm[2] < 0 ? "I" : "S"];
  return `${letters.map((letter, axis) => `${letter} ${Math.abs(mm[axis]).toFixed(1)}`).join(" ")} mm`;
}

/** A voxel's value with the digits that say something. */
export function number(value) {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(1) : String(Number(value.toPrecision(4)));
}
