"""Try uploaded weights in a process of their own: a file that crashes a library takes nothing else down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tomaat.cores import use_threads
from tomaat.errors import TomaatError, WeightsMismatch
from tomaat.plugins import find_plugins
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.assignment import Assignment
from tomaat.workers.networks import NetworkCache
from tomaat.workers.told import as_error

FIRST_TO_GO = "1000"
"""For Linux, when memory runs out: this process, and not one that has a job."""


def check(assignment: Assignment, weights: WeightsFile, send: Callable[[str, Any], None]) -> None:
    """Load weights on the processor and have the app look at the network; sends what came of it."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="utf-8")
    use_threads(assignment.threads)
    try:
        plugins = find_plugins(only=assignment.plugins, networks=assignment.networks)
        instance = plugins.app(assignment.app).app()
        instance.check_weights(NetworkCache(plugins.loaders, instance, "cpu").load(weights))
    except Exception as error:
        send("broken", _told(error, assignment.app).as_json())
    else:
        send("checked", True)


def _told(error: Exception, app: str) -> TomaatError:
    """Whatever goes wrong with a file that somebody has sent is most likely the file's fault."""
    if isinstance(error, TomaatError):
        return error
    reference = as_error(error, f"weights for {app} could not be tried")
    return WeightsMismatch(f"The app {app!r} could not try these weights. {reference.detail}")
