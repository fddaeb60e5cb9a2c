/* Times as people say them: "3 minutes ago", and exactly, in their own time zone, where they point at it. */

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** Write all times below an element anew. */
export function tellTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    const moment = new Date(time.dateTime);
    time.textContent = relative((moment - Date.now()) / 1000);
    time.title = exact.format(moment);
  }
}

function relative(seconds) {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS.at(-1);
  return unit === "second" ? (seconds < 0 ? "just now" : "in a moment") : words.format(Math.round(seconds / length), unit);
}
