/** Points that a person places: a click in a plane, or Enter at the crosshair. */
import { turned } from "./coordinates.js";

const HINT = "Click in a plane to place a point. With the keyboard: move the crosshair with the arrow keys and press Enter.";
/** A hand that moves further than so many pixels has dragged the crosshair, and not clicked. */
const STILL = 5;

export function placing(view, say) {
  let onPoint = null;
  let start = null;
  const { canvas } = view;

  const set = (next) => {
    onPoint = next;
    canvas.classList.toggle("viewer-placing", next !== null);
    view.show(next ? HINT : "");
    if (next) say(HINT);
  };

  const place = (ras) => {
    onPoint(turned(ras));
    say("A point is placed.");
  };

  canvas.addEventListener("pointerdown", (event) => { start = event.button === 0 && event.isPrimary ? [event.clientX, event.clientY] : null; });
  canvas.addEventListener("pointerup", (event) => {
    if (!onPoint || !start || Math.hypot(event.clientX - start[0], event.clientY - start[1]) > STILL) return;
    const box = canvas.getBoundingClientRect();
    const scale = view.panes.uiData.dpr;
    const at = [scale * (event.clientX - box.left), scale * (event.clientY - box.top)];
    if (view.panes.inRenderTile(...at) >= 0) return;
    const fraction = view.panes.canvasPos2frac(at);
    if (fraction[0] >= 0) place(view.panes.frac2mm(fraction, 0, true));
  });
  canvas.addEventListener("keydown", (event) => {
    if (!onPoint || event.key !== "Enter" || !view.base) return;
    event.preventDefault();
    place(view.place);
  });
  return { set };
}
