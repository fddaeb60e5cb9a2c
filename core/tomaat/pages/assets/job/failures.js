/* What to do about each kind of failure, beside what the host itself says. */

const KINDS = {
  invalid_input: ["The app can't use this input", "Change what is named here, and run it again."],
  malformed_request: ["The host did not understand the form", "Load the page again; if that does not help, tell the host's administrator."],
  weights_mismatch: ["The weights do not fit this app", "Choose other weights."],
  too_large: ["The file is too large for this host", "Crop or resample the scan, or ask the administrator for a higher max_upload."],
  out_of_memory: ["There was not enough memory", "Try a smaller scan, or later when fewer jobs run."],
  timeout: ["It took too long, and was stopped", "Try a smaller scan; the administrator can raise the app's timeout."],
  worker_died: ["The app's program ended in the middle", "The host has tried it twice: tell the administrator, or try a smaller scan."],
  worker_not_started: ["The app could not be started", "Tell the administrator: the page of apps says why."],
  app_broken: ["This app is out of order", "Tell the administrator: the page of apps says why."],
  busy: ["Many jobs are waiting already", "Try again in a moment."],
  too_many_requests: ["Too many requests", "Wait a moment, then try again."],
  try_later: ["Not now", "Try again in a moment."],
  unavailable: ["The host can't do this now", "Try again in a moment."],
  quota_exceeded: ["The host's disk is full", "Delete jobs that you no longer need, or ask the administrator."],
  unauthorized: ["You are not signed in any more", "Sign in again in another tab; what you have entered here stays."],
  forbidden: ["Your key is not for this", "Ask the administrator for a key that is."],
  not_found: ["It is not here any more", "Results are removed some time after a job has ended. Run it again."],
  conflict: ["Something else is going on with this job", "Load the page again."],
  unreachable: ["No connection to the host", "What you have entered is still here: run it again when the host answers."],
  upload_timeout: ["The upload stood still for too long", "Check the network, and run it again."],
  cancelled: ["Cancelled", "Nothing was kept. Run it again whenever you like."],
  invalid_output: ["The app gave a result that can't be used", "Tell the app's authors: “About this model” below names them."],
  internal_error: ["Something went wrong in the app or the host", "Tell the administrator the reference: the log has it, too."],
};

/** A heading and the next step for a problem's code. */
export function explain(code) {
  const [title, step] = KINDS[code] ?? ["It did not work", "Run it again; if it fails again, tell the administrator."];
  return { title, step };
}
