// Tells a click on a canvas from a drag over places of it; `place` turns a point into a place, `shown` shows a drag under way.
const LEAST_DRAG = 5;

export class Pointed {
  constructor(canvas, { place, click, drag, shown = () => {} }) {
    let from = null;
    const at = (event) => [event.offsetX, event.offsetY];
    const far = (event) => from && Math.hypot(event.offsetX - from[0], event.offsetY - from[1]) >= LEAST_DRAG;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      from = at(event);
      if (event.pointerType !== "touch") canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => { if (far(event) && event.pointerType !== "touch") shown(place(...from), place(...at(event))); });
    canvas.addEventListener("pointercancel", () => { from = null; });
    canvas.addEventListener("pointerup", (event) => {
      if (!from) return;
      const began = from;
      const dragged = far(event) && event.pointerType !== "touch";
      from = null;
      if (dragged) drag(place(...began), place(...at(event)));
      else click(...at(event));
    });
  }
}
