/* The viewer beside the form: in planes and 3-D where this build and this browser have it, else plain slices. */

import { say } from "./dom.js";

/** Open a viewer inside `element`; resolves to it. */
export async function openStage(element, built) {
  if (built) {
    try {
      const { openViewer } = await import("./viewer/viewer.js");
      return await openViewer(element, { say });
    } catch (problem) {
      if (problem.code !== "no-webgl") console.error(problem);
      element.replaceChildren();
    }
  }
  const { openSlices } = await import("./viewer/slices.js");
  return openSlices(element, { say, built });
}
