/** Four panes on one canvas: NiiVue, with frames drawn when there is time for them and with controls of its own. */

export const PLANES = ["axial", "coronal", "sagittal"];
/** NiiVue's numbers of planes are the places in this list. */
const RENDER = 4;
const [CROSSHAIR, PAN, WINDOW] = [8, 3, 9];
/** Units of textures that NiiVue uses for the gradients of a rendering with light, which is not used here. */
const [GRADIENTS_FROM, GRADIENTS] = [33992, 33990];
const [BASE, OVERLAYS] = [33984, 33986];
/** From this many milliseconds on, the rendering waits until the hand rests. */
const SLOW = 40;
const REST = 180;
const SETTINGS = {
  logLevel: "silent",
  dragAndDropEnabled: false,
  isRadiologicalConvention: true,
  sagittalNoseLeft: true,
  isOrientationTextVisible: true,
  showAllOrientationMarkers: true,
  fontColor: [0.78, 0.86, 0.86, 1],
  fontMinPx: 13,
  fontSizeScaling: 0.15,
  crosshairColor: [0.36, 0.83, 0.88, 1],
  crosshairWidthUnit: "mm",
  crosshairGap: 4,
  show3Dcrosshair: true,
  meshThicknessOn2D: 0,
  loadingText: "",
  isNearestInterpolation: false,
};
const MOUSE = { leftButton: { primary: CROSSHAIR, withShift: PAN, withCtrl: WINDOW }, rightButton: WINDOW, centerButton: PAN };
const TOUCH = { singleTouch: CROSSHAIR, doubleTouch: CROSSHAIR };

/**
 * @param {typeof import("@niivue/niivue").Niivue} Niivue
 * @returns a class of it, whose `told` hears: moved(), dragged(right, down), enlarge(pane), painted().
 */
export function panesOf(Niivue) {
  return class Panes extends Niivue {
    told = { moved() {}, dragged() {}, enlarge() {}, painted() {} };
    smooth = true;
    crosshair = true;
    /** Whether 3-D shows the scan, which hides what lies in it. */
    scanIn3D = true;
    surfaces = 0;
    #frame = 0;
    #rest = 0;
    #slow = true;
    #resting = false;
    #turning = false;
    #render = null;
    #preparing = null;
    /** A picture of the rendering, over it while it waits. */
    still = null;

    constructor() {
      super(SETTINGS);
      // NiiVue drops settings that have no default of its own, and these have none.
      this.setMouseEventConfig(MOUSE);
      this.setTouchEventConfig(TOUCH);
    }

    /** NiiVue would write a sentence of its own with each move. */
    createOnLocationChange() {
      if (this.volumes.length) this.told?.moved();
    }

    /** @param {"four" | "axial" | "coronal" | "sagittal" | "render"} layout */
    arrange(layout) {
      const all = [...PLANES, "", "render"];
      const places = { axial: [0, 0], coronal: [0.502, 0], sagittal: [0, 0.502], render: [0.502, 0.502] };
      const shown = layout === "four" ? Object.keys(places) : [layout];
      this.#render = null;
      this.#hideStill();
      this.setCustomLayout(shown.map((pane) => ({
        sliceType: all.indexOf(pane),
        position: layout === "four" ? [...places[pane], 0.498, 0.498] : [0, 0, 1, 1],
      })));
    }

    // ---- drawing: at most once a frame; the rendering, which takes longest, when the hand rests ----

    drawScene() {
      this.#frame ||= requestAnimationFrame(() => { this.#frame = 0; this.#paint(); });
    }

    /** Draw now, all of it: for a screenshot. */
    drawNow() {
      this.#resting = true;
      super.drawScene();
    }

    #paint() {
      if (!this.canvas?.isConnected || this.gl.isContextLost()) return;
      const waits = this.#slow && !this.#turning && !this.#resting;
      this.#resting = !waits;
      const started = performance.now();
      super.drawScene();
      if (waits) {
        clearTimeout(this.#rest);
        // In a frame of its own: WebKit may not show what is drawn between two.
        this.#rest = setTimeout(() => { this.#resting = true; this.drawScene(); }, REST);
        if (this.still) this.still.hidden = !this.still.width;
      } else if (this.#render) {
        // Reading a pixel waits for the card: so this is the time that a frame takes.
        this.gl.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4));
        this.#slow = performance.now() - started > SLOW;
        this.#keepStill();
      }
      this.#resting = false;
      this.#turning = false;
      this.told.painted();
    }

    draw3D(place = [0, 0, 0, 0], ...rest) {
      if (!this.#resting) {
        this.#render ??= { leftTopWidthHeight: [...place], axCorSag: RENDER, sliceFrac: 0, AxyzMxy: [], leftTopMM: [], fovMM: [0, 0] };
        this.screenSlices.push(this.#render);
        return "";
      }
      this.opts.show3Dcrosshair = this.crosshair;
      this.#widenCrosshair(1);
      const said = super.draw3D(place, ...rest);
      this.#render = this.screenSlices.find((tile) => tile.axCorSag === RENDER) ?? null;
      return said;
    }

    drawImage3D(...view) {
      const shown = this.scanIn3D || this.volumes[0].colormapLabel;
      if (!shown && (this.volumes.length < 2 || this.surfaces)) return;
      this.renderShader.use(this.gl);
      this.gl.uniform1f(this.renderShader.uniforms.backOpacity, shown ? this.volumes[0].opacity : 0);
      super.drawImage3D(...view);
    }

    #keepStill() {
      const [x, y, width, height] = this.#render.leftTopWidthHeight.map(Math.floor);
      if (!this.still || !this.#slow || width < 1 || height < 1) return this.#hideStill();
      const scale = this.canvas.width / this.canvas.clientWidth;
      Object.assign(this.still, { width, height, hidden: true });
      Object.assign(this.still.style, { left: `${x / scale}px`, top: `${y / scale}px`, width: `${width / scale}px`, height: `${height / scale}px` });
      this.still.getContext("2d").drawImage(this.canvas, x, y, width, height, 0, 0, width, height);
    }

    #hideStill() {
      if (this.still) Object.assign(this.still, { width: 0, hidden: true });
    }

    setRenderAzimuthElevation(azimuth, elevation) {
      this.#turning = true;
      super.setRenderAzimuthElevation(azimuth, elevation);
    }

    resizeListener() {
      this.#render = null;
      this.#hideStill();
      super.resizeListener();
    }

    /** A slice fills its pane; NiiVue would fill no more of it than the image does before zooming. */
    draw2D(place, plane) {
      const pane = place[2] ? place : [0, 0, this.gl.canvas.width, this.gl.canvas.height];
      this.pane = pane;
      this.draw2DMain(pane, plane);
      this.pane = null;
      const [x, y, width, height] = pane;
      const edge = 6 * this.uiData.dpr;
      this.drawSliceOrientationText([x + edge, y + edge, width - 2 * edge, height - 2 * edge], plane);
    }

    screenFieldOfViewExtendedVox(plane) {
      return this.#fitted(super.screenFieldOfViewExtendedVox(plane));
    }

    screenFieldOfViewExtendedMM(plane) {
      return this.#fitted(super.screenFieldOfViewExtendedMM(plane));
    }

    #fitted(view) {
      if (!this.pane) return view;
      const [, , width, height] = this.pane;
      const perPixel = 1.04 * Math.max(view.fovMM[0] / width, view.fovMM[1] / height);
      this.#widenCrosshair((1.3 * this.uiData.dpr * perPixel) / this.scene.pan2Dxyzmm[3]);
      [width, height].forEach((pixels, axis) => {
        const middle = (view.mnMM[axis] + view.mxMM[axis]) / 2;
        view.fovMM[axis] = perPixel * pixels;
        view.mnMM[axis] = middle - view.fovMM[axis] / 2;
        view.mxMM[axis] = middle + view.fovMM[axis] / 2;
      });
      return view;
    }

    /** As thin as can be seen, at each zoom. NiiVue keeps the lines that it made until the crosshair moves. */
    #widenCrosshair(mm) {
      this.opts.crosshairWidth = this.crosshair ? mm : 0;
      if (this.crosshairs3D) this.crosshairs3D.mm[0] = NaN;
    }

    // ---- layers ----

    updateGLVolume() {
      this.#slow = true;
      super.updateGLVolume();
    }

    /** NiiVue would draw all images anew for these two. */
    addSurface(mesh) {
      this.meshes.push(mesh);
      this.furthestVertexFromOrigin = Math.max(this.furthestVertexFromOrigin, mesh.furthestVertexFromOrigin);
      this.drawScene();
    }

    removeSurface(mesh) {
      this.meshes = this.meshes.filter((one) => one !== mesh);
      mesh.unloadMesh(this.gl);
      this.drawScene();
    }

    /** Draw a layer with its table or window as they are now. Overlays are mixed in order, so all of them are drawn. */
    renew(image) {
      const at = this.volumes.indexOf(image);
      if (at < 0) return;
      this.#slow = true;
      if (at === 0) this.refreshLayers(image, 0);
      else for (let layer = 1; layer < this.volumes.length; layer++) this.refreshLayers(this.volumes[layer], layer);
      this.drawScene();
    }

    /** NiiVue prepares gradients with every change of the window: twice the work and three times the memory of the image. */
    refreshLayers(image, layer) {
      if (layer) return super.refreshLayers(image, layer);
      const { dims } = image.hdr;
      const depth = dims[3];
      this.#preparing = dims;
      try {
        super.refreshLayers(image, layer);
      } finally {
        dims[3] = depth;
        this.#preparing = null;
      }
    }

    rgbaTex(texture, unit, dims, fill) {
      if (this.#preparing === dims && (unit === GRADIENTS_FROM || unit === GRADIENTS)) {
        dims[3] = 0;
        return super.rgbaTex(texture, unit, [2, 2, 2, 2]);
      }
      // NiiVue makes a new texture for the overlays each time, and never frees the one before.
      return super.rgbaTex(unit === OVERLAYS ? this.overlayTexture : texture, unit, dims, fill);
    }

    /** Show these images: the first is the base, the others lie over it, in this order. What was there and is not, is freed. */
    setImages(images) {
      const keeps = this.volumes.length > 0 && images.length > 0;
      const base = this.volumes[0];
      const mm = keeps ? this.frac2mm(this.scene.crosshairPos, 0, true) : null;
      this.volumes = images;
      this.back = images[0] ?? null;
      this.overlays = images.slice(1);
      if (images.length < 2) this.overlayTexture = this.overlayTextureID = super.rgbaTex(this.overlayTexture, OVERLAYS, [2, 2, 2, 2]);
      if (!images.length) this.volumeTexture = super.rgbaTex(this.volumeTexture, BASE, [2, 2, 2, 2]);
      if (images.length > 1 && images[0] === base) this.renew(images[1]);
      else this.updateGLVolume();
      if (mm) this.scene.crosshairPos = this.mm2frac(mm, 0, true);
    }

    /** Labels stay crisp, whatever the scan's interpolation. */
    updateInterpolation(layer, linear = false) {
      const images = layer ? this.volumes.slice(1) : this.volumes.slice(0, 1);
      this.opts.isNearestInterpolation = !this.smooth || images.some((image) => image.colormapLabel);
      super.updateInterpolation(layer, linear);
    }

    // ---- controls ----

    /** Zoom the slices, the crosshair staying where it is. */
    zoom(factor) {
      const pan = this.scene.pan2Dxyzmm;
      const zoom = Math.min(30, Math.max(0.3, pan[3] * factor));
      const mm = this.frac2mm(this.scene.crosshairPos);
      for (const axis of [0, 1, 2]) pan[axis] += mm[axis] * (pan[3] - zoom);
      pan[3] = zoom;
      this.drawScene();
    }

    zoomRender(factor) {
      this.#turning = true;
      this.setScale(Math.min(6, Math.max(0.3, this.scene.volScaleMultiplier * factor)));
    }

    resetView() {
      this.scene.pan2Dxyzmm.set([0, 0, 0, 1]);
      this.scene.renderAzimuth = 110;
      this.scene.renderElevation = 10;
      this.#turning = true;
      this.setScale(1);
    }

    wheelListener(event) {
      const render = this.#overRender(event);
      if (!event.ctrlKey && !event.metaKey && !render) return super.wheelListener(event);
      event.preventDefault();
      const factor = Math.exp(-Math.sign(event.deltaY) * Math.min(60, Math.abs(event.deltaY)) / 400);
      if (render) this.zoomRender(factor);
      else this.zoom(factor);
    }

    #overRender({ clientX, clientY }) {
      const box = this.canvas.getBoundingClientRect();
      return this.inRenderTile(this.uiData.dpr * (clientX - box.left), this.uiData.dpr * (clientY - box.top)) >= 0;
    }

    handlePinchZoom(event) {
      if (event.touches.length < 2) return;
      const [a, b] = event.touches;
      const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
      const last = this.uiData.lastTwoTouchDistance;
      if (last > 0) {
        if (this.#overRender(a)) this.zoomRender(apart / last);
        else this.zoom(apart / last);
      }
      this.uiData.lastTwoTouchDistance = apart;
    }

    windowingHandler(x, y) {
      this.told.dragged(x - this.uiData.windowX, y - this.uiData.windowY);
      Object.assign(this.uiData, { windowX: x, windowY: y });
    }

    /** NiiVue calls this for a double click and for a finger that rests: the one enlarges a pane, the other does nothing. */
    resetBriCon(event) {
      if (event?.type !== "dblclick") return;
      const box = this.canvas.getBoundingClientRect();
      const tile = this.tileIndex(this.uiData.dpr * (event.clientX - box.left), this.uiData.dpr * (event.clientY - box.top));
      if (tile >= 0) this.told.enlarge([...PLANES, "", "render"][this.screenSlices[tile].axCorSag]);
    }

    /** Keys are ours: see keys.js. */
    keyDownListener() {}
    keyUpListener() {}
  };
}
