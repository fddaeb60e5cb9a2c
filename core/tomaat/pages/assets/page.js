/* What the server has put into the page, for its scripts. */

const written = document.getElementById("page");

/** `{app, job, fields, viewer}` of the workspace; empty on other pages. */
export const page = written ? JSON.parse(written.textContent) : {};

/** What the host's own links begin with: empty, or `/k/KEY` for a client whose key is in its URLs. */
export const base = document.documentElement.dataset.base ?? "";
