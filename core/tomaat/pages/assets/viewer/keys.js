/** The keyboard, on a canvas that has the focus. */

export const KEYS = [
  ["Arrow keys", "move the crosshair in the plane (with Shift: ten voxels)"],
  ["Page up, Page down", "next and previous slice"],
  ["Home", "to the middle of the scan"],
  ["1 2 3 4 5", "four panes, axial, coronal, sagittal, 3-D"],
  ["+  −  0", "zoom in, out, and reset the view"],
  ["C", "crosshair on or off"],
  ["R", "radiological or neurological"],
  ["V", "the scan in 3-D, or what was found alone"],
  ["I", "smooth or voxels"],
  ["W", "window of the whole scan"],
  ["Space", "say where the crosshair is"],
  ["Enter", "place a point, where points are asked for"],
];
export const MOUSE = [
  ["Click or drag", "move the crosshair; in 3-D: turn"],
  ["Wheel", "slices; in 3-D: zoom"],
  ["Ctrl + wheel, pinch", "zoom"],
  ["Right drag, Ctrl + drag", "window and level"],
  ["Shift + drag, middle drag", "pan"],
  ["Double click", "one pane large, and back"],
];

/** Axis and direction (in RAS) of a step to the right, up, and to the next slice, by the plane that is meant. */
const STEPS = {
  axial: { right: [0, 1], up: [1, 1], next: [2, 1] },
  coronal: { right: [0, 1], up: [2, 1], next: [1, 1] },
  sagittal: { right: [1, -1], up: [2, 1], next: [0, 1] },
};
const MOVES = {
  ArrowRight: ["right", 1], ArrowLeft: ["right", -1], ArrowUp: ["up", 1], ArrowDown: ["up", -1],
  PageUp: ["next", 1], PageDown: ["next", -1],
};

export function useKeys(viewer, view) {
  view.canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const done = MOVES[event.key] ? move(viewer, view, event) : act(viewer, view, event.key);
    if (done) event.preventDefault();
  });
}

function move(viewer, view, event) {
  if (!view.base) return false;
  const { panes } = view;
  const [direction, sign] = MOVES[event.key];
  if (viewer.layout === "render") {
    const by = 6 * sign;
    panes.setRenderAzimuthElevation(panes.scene.renderAzimuth + (direction === "right" ? by : 0), panes.scene.renderElevation + (direction === "up" ? by : 0));
    return true;
  }
  const [axis, towards] = (STEPS[viewer.layout] ?? STEPS.axial)[direction];
  // In the radiological convention the patient's right is on the left of axial and coronal panes.
  const mirrored = axis === 0 && direction === "right" && panes.opts.isRadiologicalConvention ? -1 : 1;
  const by = [0, 0, 0];
  by[axis] = sign * towards * mirrored * (event.shiftKey ? 10 : 1);
  panes.moveCrosshairInVox(...by);
  return true;
}

function act(viewer, view, key) {
  const { toolbar } = viewer;
  const layouts = ["four", "axial", "coronal", "sagittal", "render"];
  const acts = {
    Home: () => { view.panes.scene.crosshairPos.set([0.5, 0.5, 0.5]); view.panes.createOnLocationChange(); view.panes.drawScene(); },
    "+": () => view.panes.zoom(1.25),
    "=": () => view.panes.zoom(1.25),
    "-": () => view.panes.zoom(0.8),
    0: () => view.panes.resetView(),
    c: () => toolbar.act("crosshair"),
    r: () => toolbar.act("convention"),
    v: () => toolbar.act("scan"),
    i: () => toolbar.act("smooth"),
    w: () => toolbar.act("auto"),
    "?": () => toolbar.act("help"),
    " ": () => viewer.say(viewer.whereabouts()),
    Escape: () => viewer.layout !== "four" && viewer.arrange("four"),
  };
  const at = Number(key) - 1;
  if (key.length === 1 && layouts[at]) { viewer.arrange(layouts[at]); return true; }
  const chosen = acts[key] ?? acts[key.toLowerCase()];
  chosen?.();
  return chosen !== undefined;
}
