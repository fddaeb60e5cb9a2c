/* Files that are dropped anywhere on the page. */

import { el } from "../dom.js";

/**
 * Take what is dropped on the window, and show that it can be dropped.
 *
 * @param {string} sentence what a drop does
 * @param {(files: Array<{file: File, path: string}>, place: Element) => void} onFiles `place`: what it was dropped on
 */
export function takeDrops(sentence, onFiles) {
  const told = el("p", {});
  const sign = el("div", { class: "dropping", "aria-hidden": "true", hidden: true }, told);
  document.body.append(sign);
  let zone = null;
  const over = (element) => {
    zone?.classList.remove("over");
    zone = element;
    zone?.classList.add("over");
    told.textContent = zone?.dataset.label ? `Drop to use as “${zone.dataset.label}”` : sentence;
  };
  const ours = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!ours(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    sign.hidden = false;
    over(event.target.closest?.(".drop") ?? null);
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget) return;
    sign.hidden = true;
    over(null);
  });
  addEventListener("drop", async (event) => {
    if (!ours(event)) return;
    event.preventDefault();
    sign.hidden = true;
    over(null);
    const files = filesIn(event.dataTransfer);
    onFiles(await files, event.target);
  });
}

/** All files that are dropped, those in folders, too. What is dropped can be asked for its entries only at once. */
function filesIn(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  return Promise.all(entries.filter(Boolean).map(walk)).then((found) => found.flat());
}

async function walk(entry) {
  if (entry instanceof File) return [{ file: entry, path: entry.name }];
  if (entry.isFile) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path: entry.fullPath.slice(1) }];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at most
    if (!some.length) break;
    for (const inner of some) found.push(...(await walk(inner)));
  }
  return found;
}
