/** Colours as [red, green, blue] from 0 to 255, and as "#rrggbb". */

/** For labels, points and meshes that come without: well apart from each other on black and on grey. */
const APART = [
  "#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#46f0f0", "#f032e6", "#d2f53c", "#fabebe",
  "#00a7a7", "#e6beff", "#b97b3e", "#fffac8", "#c0392b", "#aaffc3", "#a0a000", "#ffd8b1", "#5c7cfa", "#bdbdbd",
];

/** The colour of the n-th thing (from 0) that has none. */
export function nextColour(n) {
  return APART[n % APART.length];
}

/** The n-th colour, or where a layer has that, the next one that none has. */
export function freeColour(layers, n) {
  const taken = [...layers.values()].flatMap((layer) => [layer.colour, ...(layer.labels?.items.map((label) => label.colour) ?? [])]);
  const turns = APART.map((_, turn) => nextColour(n + turn));
  return turns.find((colour) => !taken.includes(colour)) ?? turns[0];
}

/** @returns {[number, number, number]} */
export function parts(colour) {
  const match = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour ?? "");
  return match ? [1, 2, 3].map((at) => parseInt(match[at], 16)) : [230, 25, 75];
}
