/** The row of buttons over the panes. */
import { button, element } from "./dom.js";
import { KEYS, MOUSE } from "./keys.js";
import * as window from "./window.js";

const LAYOUTS = [
  ["four", "Four panes", "M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z"],
  ["axial", "Axial"], ["coronal", "Coronal"], ["sagittal", "Sagittal"], ["render", "3-D"],
];
const PATHS = {
  crosshair: "M10 2v6M10 12v6M2 10h6M12 10h6",
  smooth: "M2 15C6 15 7 5 10 5s4 10 8 10",
  scan: "M10 2.5l7 3.7v7.6l-7 3.7-7-3.7V6.2zM3 6.2l7 3.8 7-3.8M10 10v7.5",
  reset: "M3 7V3h4M17 7V3h-4M3 13v4h4M17 13v4h-4",
  in: "M9 4a5 5 0 1 0 .01 0zM13 13l4 4M9 7v4M7 9h4",
  out: "M9 4a5 5 0 1 0 .01 0zM13 13l4 4M7 9h4",
  camera: "M3 6h3l1.5-2h5L14 6h3v10H3zM10 8.2a2.6 2.6 0 1 0 .01 0z",
  full: "M8 3H3v5M12 3h5v5M8 17H3v-5M12 17h5v-5M3 3l4 4M17 3l-4 4M3 17l4-4M17 17l-4-4",
  help: "M10 2.5a7.5 7.5 0 1 0 .01 0zM7.8 8a2.2 2.2 0 1 1 3 2c-.6.3-.8.7-.8 1.4M10 14v.2",
};

export function makeToolbar(viewer) {
  const make = {
    layouts: LAYOUTS.map(([layout, label, path], n) => button({ label, path, text: label, shortcut: n + 1, pressed: n === 0, press: () => viewer.arrange(layout) })),
    convention: button({ label: "R|L, radiological: the patient's right is on the left", text: "R|L", shortcut: "R", pressed: true, press: () => acts.convention() }),
    crosshair: button({ label: "Crosshair", path: PATHS.crosshair, shortcut: "C", pressed: true, press: () => acts.crosshair() }),
    scan: button({ label: "The scan in 3-D", path: PATHS.scan, shortcut: "V", pressed: true, press: () => acts.scan() }),
    smooth: button({ label: "Smooth the scan", path: PATHS.smooth, shortcut: "I", pressed: true, press: () => acts.smooth() }),
    out: button({ label: "Zoom out", path: PATHS.out, shortcut: "−", press: () => viewer.main.panes.zoom(0.8) }),
    in: button({ label: "Zoom in", path: PATHS.in, shortcut: "+", press: () => viewer.main.panes.zoom(1.25) }),
    reset: button({ label: "Reset the view", path: PATHS.reset, shortcut: "0", press: () => viewer.main.panes.resetView() }),
    camera: button({ label: "Save as a picture", path: PATHS.camera, press: () => screenshot(viewer) }),
    full: button({ label: "Full screen", path: PATHS.full, pressed: false, press: () => fullScreen(viewer) }),
    help: button({ label: "Keys and mouse", path: PATHS.help, shortcut: "?", press: () => acts.help() }),
  };
  const windows = windowControls(viewer);
  const help = helpDialog();
  const acts = {
    convention: () => {
      const on = toggle(make.convention);
      viewer.each((view) => { view.panes.opts.isRadiologicalConvention = on; view.panes.drawScene(); });
      viewer.say(on ? "Radiological: the patient's right is on the left." : "Neurological: the patient's left is on the left.");
    },
    crosshair: () => {
      const on = toggle(make.crosshair);
      viewer.each(({ panes }) => { panes.crosshair = on; panes.drawScene(); });
    },
    smooth: () => {
      const on = toggle(make.smooth);
      viewer.each(({ panes }) => { panes.smooth = on; panes.updateInterpolation(0); panes.drawScene(); });
    },
    scan: () => {
      const on = toggle(make.scan);
      viewer.each(({ panes }) => { panes.scanIn3D = on; panes.drawScene(); });
    },
    auto: windows.auto,
    help: () => help.showModal(),
  };
  const group = (label, ...children) => element("div", { class: "viewer-group", role: "group", "aria-label": label }, ...children);
  const bar = element("div", { class: "viewer-bar", role: "toolbar", "aria-label": "Viewer" },
    group("Panes", ...make.layouts),
    group("View", make.out, make.in, make.reset, make.crosshair, make.smooth, make.convention, make.scan),
    windows.element,
    group("More", make.camera, make.full, make.help),
    help);
  oneTabStop(bar);
  document.addEventListener("fullscreenchange", () => make.full.setAttribute("aria-pressed", String(document.fullscreenElement === viewer.root)));
  let hadResults = false;
  const update = () => {
    make.layouts.forEach((one, n) => one.setAttribute("aria-pressed", String(LAYOUTS[n][0] === viewer.layout)));
    windows.update();
    // What lies in a head is not seen through it: with a first result, 3-D shows the result alone.
    const results = viewer.views.some((view) => [...view.layers.values()].some(({ kind }) => kind === "labels" || kind === "mesh"));
    if (results !== hadResults && results === (make.scan.getAttribute("aria-pressed") === "true")) acts.scan();
    hadResults = results;
  };
  return { element: bar, update, act: (name) => acts[name]() };
}

function toggle(one) {
  const on = one.getAttribute("aria-pressed") !== "true";
  one.setAttribute("aria-pressed", String(on));
  return on;
}

/** A toolbar is one stop of the Tab key; arrow keys go on from there. Fields and lists keep their own arrow keys. */
function oneTabStop(bar) {
  const buttons = [...bar.querySelectorAll(":scope > .viewer-group > button")];
  buttons.forEach((one, n) => { one.tabIndex = n ? -1 : 0; });
  bar.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length].focus();
  });
  bar.addEventListener("focusin", (event) => {
    if (buttons.includes(event.target)) buttons.forEach((one) => { one.tabIndex = one === event.target ? 0 : -1; });
  });
}

/** A list of presets, and level and width as numbers. */
function windowControls(viewer) {
  const choice = element("select", { "aria-label": "Window", onchange: () => preset(choice.value) });
  const field = (label, change) => element("input", { type: "number", step: "any", title: label, "aria-label": label, onchange: change });
  const read = () => viewer.main.changeWindow((image) => window.set(image, [level.valueAsNumber || 0, width.valueAsNumber || 0]));
  const level = field("Level", read);
  const width = field("Width", read);
  const made = element("div", { class: "viewer-group viewer-window", role: "group", "aria-label": "Window and level" },
    choice, element("label", {}, "L", level), element("label", {}, "W", width));
  let known = null;
  let presets = {};

  const preset = (name) => {
    const values = presets[name];
    if (values) viewer.main.changeWindow((image) => window.set(image, values));
  };

  const update = () => {
    const image = viewer.main.base;
    const usable = image !== null && !image.colormapLabel;
    made.hidden = !usable;
    if (!usable) return;
    if (known !== image) {
      known = image;
      presets = window.presets(image);
      choice.replaceChildren(...[...Object.keys(presets), "own"].map((name) => element("option", { value: name }, name)));
    }
    const now = window.current(image);
    [level.value, width.value] = now.map(rounded);
    const same = Object.entries(presets).find(([, values]) => values.every((value, n) => Math.abs(value - now[n]) < 1e-3 * (Math.abs(value) + 1)));
    choice.value = same?.[0] ?? "own";
  };
  update();
  return { element: made, update, auto: () => viewer.main.base && preset("auto") };
}

function screenshot(viewer) {
  const canvases = viewer.views.map(({ panes, outlines }) => { panes.drawNow(); return { canvas: panes.canvas, outlines, width: panes.canvas.width, height: panes.canvas.height }; });
  const picture = element("canvas", { width: canvases.reduce((sum, one) => sum + one.width, 0), height: Math.max(...canvases.map((one) => one.height)) });
  const context = picture.getContext("2d");
  context.fillRect(0, 0, picture.width, picture.height);
  let x = 0;
  for (const { canvas, outlines } of canvases) {
    context.drawImage(canvas, x, 0);
    context.drawImage(outlines, x, 0);
    x += canvas.width;
  }
  picture.toBlob((blob) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: "tomaat.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    viewer.say("A picture is saved.");
  });
}

async function fullScreen(viewer) {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await viewer.root.requestFullscreen?.();
}

function helpDialog() {
  const rows = (pairs) => pairs.map(([what, does]) => element("tr", {}, element("th", { scope: "row" }, what), element("td", {}, does)));
  const close = button({ label: "Close", text: "Close", press: () => dialog.close() });
  const dialog = element("dialog", { class: "viewer-help", "aria-label": "Keys and mouse" },
    element("h2", {}, "Mouse and touch"), element("table", {}, element("tbody", {}, ...rows(MOUSE))),
    element("h2", {}, "Keys, in the image"), element("table", {}, element("tbody", {}, ...rows(KEYS))), close);
  return dialog;
}

/** A number that fits into its field, with as many digits as mean something. */
function rounded(value) {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
