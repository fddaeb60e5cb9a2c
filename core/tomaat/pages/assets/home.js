/* The list of apps: found while one types, and their states as they change. */

import { say } from "./dom.js";
import { fetchPage, follow, renew } from "./live.js";

const SECONDS = 4;
const search = document.getElementById("search");
let typed = null; // ends what was asked for before the last letter
let pause = null;

if (search) {
  const field = search.elements.q;
  search.classList.add("live"); // it needs no button
  field.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(find, 120);
  });
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
}
follow(look, SECONDS);

/** Show what fits what was typed, and have the address say so. */
async function find() {
  typed?.abort();
  typed = new AbortController();
  const query = new URLSearchParams([...new FormData(search)].filter(([, value]) => value.trim()));
  const address = query.size ? `${location.pathname}?${query}` : location.pathname;
  try {
    const page = await fetchPage(address, typed.signal);
    history.replaceState(null, "", address);
    renew(page, "found");
    say(document.getElementById("count").textContent);
  } catch (problem) {
    if (problem.name !== "AbortError") say(problem.message);
  }
}

/** The states of the apps, and what the host does, as they are now. */
async function look() {
  const asked = location.href;
  const page = await fetchPage(asked).catch(() => null); // who reads a list need not hear that the host is away
  if (!page || asked !== location.href) return;
  const names = (root) => [...root.querySelectorAll("[data-app]")].map((app) => app.dataset.app).join();
  if (names(page) !== names(document)) renew(page, "found"); // plugins were installed or removed
  for (const { id } of document.querySelectorAll("[data-live]")) renew(page, id);
}
