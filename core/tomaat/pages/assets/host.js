/* Calls of the host's API. */

import { base } from "./page.js";
import { signedOut } from "./session.js";

/** What a host has refused, or that it could not be reached: `code` is the API's, or "unreachable". */
export class Problem extends Error {
  constructor({ code = "unknown", detail = "", title = "", field = null, request = null, status = 0, retryAfter = 0 }) {
    super(detail || title || "The host did not say what is wrong.");
    Object.assign(this, { code, field, request, status, retryAfter });
  }
}

export const UNREACHABLE = {
  code: "unreachable",
  detail: "The host does not answer. Check the network, or ask whether it is running.",
};

/** The problem that an answer tells of, from its text and headers. */
export function problemOf(status, text, retryAfter = null) {
  let told = {};
  try {
    told = JSON.parse(text) ?? {};
  } catch {
    told = { detail: `The answer has the status ${status} and says nothing more.` };
  }
  if (status === 401) signedOut();
  return new Problem({ ...told, status, retryAfter: Number(retryAfter ?? told.retry_after ?? 0) || 0 });
}

/** Call a path of the API. Throws a {@link Problem}; gives the `Response`. */
export async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path.startsWith("/v1") || path.startsWith("/jobs") ? base + path : path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(UNREACHABLE);
  }
  if (!answer.ok) throw problemOf(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  return answer;
}

/** The JSON at a path of the API. */
export async function read(path) {
  return (await call(path, { headers: { Accept: "application/json" } })).json();
}
