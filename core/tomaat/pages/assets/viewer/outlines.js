/**
 * Where surfaces and points meet the slices, drawn over them. NiiVue draws the part of a surface that is near a slice, which is
 * nothing where the surface stands upright on it.
 */
import { turned } from "./coordinates.js";

const AXES = [2, 1, 0];

/** Draw the outlines of some layers on a canvas that lies over the panes. */
export function drawOutlines(canvas, panes, layers, radius) {
  const context = canvas.getContext("2d");
  if (canvas.width !== panes.canvas.width || canvas.height !== panes.canvas.height) {
    Object.assign(canvas, { width: panes.canvas.width, height: panes.canvas.height });
  } else context.clearRect(0, 0, canvas.width, canvas.height);
  const shown = layers.filter((layer) => layer.shown && (layer.kind === "points" || layer.kind === "mesh"));
  if (!shown.length || !panes.volumes.length) return;
  const toFraction = fractions(panes);
  panes.screenSlices.forEach((tile, at) => {
    if (tile.axCorSag > 2) return;
    const plane = planeOf(panes, tile, at, toFraction);
    context.save();
    context.beginPath();
    context.rect(...tile.leftTopWidthHeight);
    context.clip();
    for (const layer of shown) {
      context.globalAlpha = layer.opacity;
      context.strokeStyle = context.fillStyle = layer.colour;
      context.lineWidth = 1.6 * panes.uiData.dpr;
      if (layer.kind === "mesh") outline(context, layer.mesh, plane);
      else layer.points.forEach((point) => dot(context, turned(point), plane, radius));
    }
    context.restore();
  });
}

/** From RAS millimetres to parts of the base: three rows of four. */
function fractions(panes) {
  const [origin, ...ends] = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]].map((mm) => panes.mm2frac(mm, 0, true));
  return [0, 1, 2].map((row) => [...ends.map((end) => end[row] - origin[row]), origin[row]]);
}

/** The distance of a place from a slice, in parts of the base, and where it is on the canvas. */
function planeOf(panes, tile, at, rows) {
  const axis = AXES[tile.axCorSag];
  const [u, v] = [0, 1, 2].filter((one) => one !== axis);
  const [x, y] = tile.leftTopWidthHeight;
  const [here, right, down] = [[0, 0], [100, 0], [0, 100]].map(([dx, dy]) => panes.screenXY2TextureFrac(x + dx, y + dy, at, false));
  const [a, b, c, d] = [right[u] - here[u], down[u] - here[u], right[v] - here[v], down[v] - here[v]].map((part) => part / 100);
  const area = a * d - b * c;
  const { dimsRAS, pixDimsRAS } = panes.volumes[0];
  const part = (row, p, n) => row[0] * p[n] + row[1] * p[n + 1] + row[2] * p[n + 2] + row[3];
  return {
    thick: dimsRAS[axis + 1] * pixDimsRAS[axis + 1],
    scale: 1 / (Math.hypot(a, c) * dimsRAS[(Math.abs(a) > Math.abs(c) ? u : v) + 1] * pixDimsRAS[(Math.abs(a) > Math.abs(c) ? u : v) + 1]),
    away: (p, n) => part(rows[axis], p, n) - panes.scene.crosshairPos[axis],
    place: (p, n) => {
      const [du, dv] = [part(rows[u], p, n) - here[u], part(rows[v], p, n) - here[v]];
      return [x + (d * du - b * dv) / area, y + (a * dv - c * du) / area];
    },
  };
}

function outline(context, { pts, tris }, { away, place }) {
  const distance = new Float32Array(pts.length / 3);
  // A corner that lies in the slice would belong to no side.
  for (let n = 0; n < distance.length; n++) distance[n] = away(pts, 3 * n) || 1e-9;
  const cut = (one, other) => {
    const [from, to] = [place(pts, 3 * one), place(pts, 3 * other)];
    const part = distance[one] / (distance[one] - distance[other]);
    return [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
  };
  context.beginPath();
  for (let at = 0; at < tris.length; at += 3) {
    const [a, b, c] = [tris[at], tris[at + 1], tris[at + 2]];
    const [sa, sb, sc] = [distance[a] > 0, distance[b] > 0, distance[c] > 0];
    if (sa === sb && sb === sc) continue;
    // The corner that is alone on its side has both edges that are cut.
    const [alone, second, third] = sb === sc ? [a, b, c] : sa === sc ? [b, a, c] : [c, a, b];
    context.moveTo(...cut(alone, second));
    context.lineTo(...cut(alone, third));
  }
  context.stroke();
}

function dot(context, point, { away, place, thick, scale }, radius) {
  const far = Math.abs(away(point, 0)) * thick;
  if (far > radius) return;
  context.beginPath();
  context.arc(...place(point, 0), Math.max(2, Math.sqrt(radius * radius - far * far) * scale), 0, 2 * Math.PI);
  context.globalAlpha *= 0.35;
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
}
