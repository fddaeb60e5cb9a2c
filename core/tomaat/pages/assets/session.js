/* What a page says when its session has ended: all that stands on it stays, until somebody has signed in again. */

import { el } from "./dom.js";
import { base } from "./page.js";

const ID = "signed-out";

/** Say so, once; called when the host has answered 401. */
export function signedOut() {
  if (document.getElementById(ID)) return;
  const next = encodeURIComponent(location.pathname + location.search);
  const told = base
    ? [el("p", {}, "The key in this page's address is no longer good. Ask the host's administrator for another one.")]
    : [
        el("p", {}, "Your session has ended. Sign in again in a new tab, and this page goes on."),
        el("a", { class: "button", href: `/login?next=${next}`, target: "_blank" }, "Sign in again"),
      ];
  document.querySelector("header").before(el("div", { id: ID, class: "banner", role: "alert" }, told));
  document.addEventListener("visibilitychange", signedInAgain);
}

/** Whether that stands on the page: until it does not, asking the host is of no use. */
export function isSignedOut() {
  return document.getElementById(ID) !== null;
}

async function signedInAgain() {
  if (document.hidden) return;
  const answer = await fetch(`${base}/v1/me`).catch(() => null);
  if (!answer?.ok) return;
  document.removeEventListener("visibilitychange", signedInAgain);
  document.getElementById(ID)?.remove();
}
