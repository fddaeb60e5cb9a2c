/* Pages that follow the host: fetched again, and what has changed is put in place. */

import { call } from "./host.js";
import { isSignedOut } from "./session.js";

/** The page at an address as the host makes it now. Throws a `Problem`. */
export async function fetchPage(address, signal = null) {
  const answer = await call(address, { headers: { Accept: "text/html" }, signal });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Put a part of a newer page in the place of the one here with the same id, if it is not the same. */
export function renew(newer, id) {
  const [old, fresh] = [document.getElementById(id), newer.getElementById(id)];
  if (old && fresh && old.outerHTML !== fresh.outerHTML) old.replaceWith(document.adoptNode(fresh));
}

/** Call `look` every few seconds while the page is visible and `wanted` says so, and when it is seen again. */
export function follow(look, seconds, wanted = () => true) {
  let timer = null;
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(now, seconds * 1000);
  };
  const now = async () => {
    if (!document.hidden && !isSignedOut() && wanted()) await look();
    plan();
  };
  const seen = async () => {
    if (document.hidden || isSignedOut()) return;
    await look();
    plan();
  };
  document.addEventListener("visibilitychange", seen);
  window.addEventListener("pageshow", (event) => event.persisted && seen());
  plan();
}
