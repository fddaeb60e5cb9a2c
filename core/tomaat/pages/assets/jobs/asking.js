/* Asks once before something is lost. */

const dialog = document.getElementById("sure");

/** Whether the reader is sure. */
export function sure(title, text, yes = "Delete") {
  document.getElementById("sure-title").textContent = title;
  document.getElementById("sure-text").textContent = text;
  dialog.querySelector("button[value=yes]").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }),
  );
}
