/** Surfaces. Those of the host are in LPS millimetres. */
import { nextColour, parts } from "./colours.js";

/** @returns {Promise<object>} NiiVue's mesh, in RAS. */
export async function readMesh(NVMesh, gl, file, { title, color }) {
  const head = new Uint8Array(await file.slice(0, 64).arrayBuffer());
  const name = new TextDecoder("latin1").decode(head).startsWith("# vtk") ? "mesh.vtk" : /\.[^.]+$/.test(file.name ?? "") ? file.name : "mesh.stl";
  let mesh;
  try {
    mesh = await NVMesh.loadFromFile({ file, gl, name, rgba255: [...parts(color ?? nextColour(0)), 255] });
    turn(mesh.pts);
    faceOutward(mesh);
    mesh.updateMesh(gl);
  } catch {
    throw new Error("This result is no surface that the viewer can show; it can be downloaded.");
  }
  mesh.name = title;
  return mesh;
}

/** LPS to RAS, in place: half a turn about the long axis, so that triangles keep their outside. */
function turn(points) {
  for (let at = 0; at < points.length; at += 3) {
    points[at] = -points[at];
    points[at + 1] = -points[at + 1];
  }
}

/** Only outsides are drawn, and they are told by the order of a triangle's corners, which not every writer minds. */
function faceOutward({ pts, tris }) {
  const [ox, oy, oz] = pts;
  let volume = 0;
  for (let at = 0; at < tris.length; at += 3) {
    const [a, b, c] = [3 * tris[at], 3 * tris[at + 1], 3 * tris[at + 2]];
    const [ax, ay, az] = [pts[a] - ox, pts[a + 1] - oy, pts[a + 2] - oz];
    const [bx, by, bz] = [pts[b] - ox, pts[b + 1] - oy, pts[b + 2] - oz];
    const [cx, cy, cz] = [pts[c] - ox, pts[c + 1] - oy, pts[c + 2] - oz];
    volume += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  if (volume >= 0) return;
  for (let at = 0; at < tris.length; at += 3) [tris[at + 1], tris[at + 2]] = [tris[at + 2], tris[at + 1]];
}

/** Balls at points in RAS millimetres, as one mesh; null where there are none. */
export function balls(NVMesh, gl, points, radius, colour, title) {
  if (!points.length) return null;
  const { corners, triangles } = ball();
  const places = new Float32Array(points.length * corners.length);
  const sides = new Uint32Array(points.length * triangles.length);
  points.forEach((point, n) => {
    corners.forEach((part, at) => { places[n * corners.length + at] = point[at % 3] + radius * part; });
    triangles.forEach((corner, at) => { sides[n * triangles.length + at] = corner + (n * corners.length) / 3; });
  });
  return new NVMesh(places, sides, title, new Uint8Array([...parts(colour), 255]), 1, true, gl);
}

/** A ball of radius 1 from rings of corners. */
function ball(rings = 10, around = 16) {
  const corners = [];
  const triangles = [];
  for (let ring = 0; ring <= rings; ring++) {
    for (let n = 0; n < around; n++) {
      const [down, turn] = [(Math.PI * ring) / rings, (2 * Math.PI * n) / around];
      corners.push(Math.sin(down) * Math.cos(turn), Math.sin(down) * Math.sin(turn), Math.cos(down));
      const [here, next] = [ring * around + n, ring * around + ((n + 1) % around)];
      if (ring < rings) triangles.push(here, here + around, next, next, here + around, next + around);
    }
  }
  return { corners, triangles };
}
