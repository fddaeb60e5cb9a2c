"""What runs jobs, seen from the dispatcher: local worker processes, or anything that a plugin brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from tomaat.description import AppDescription
from tomaat.elements.element import OutputElement
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.work import Result, Work


class AppState(StrEnum):
    """What an app's workers are doing."""

    COLD = "cold"
    STARTING = "starting"
    WARM = "warm"
    BUSY = "busy"


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its results, seconds by stage, and where they come from."""

    results: list[Result]
    timings: dict[str, float]
    provenance: dict[str, Any]


Watch = Callable[[float, str], None]
"""Is told of progress: a fraction from 0 to 1, and a few words."""


class Executor(Protocol):
    """Runs jobs. The dispatcher decides which job is next; an executor decides where."""

    async def start(self, apps: Mapping[str, AppDescription]) -> None:
        """Make ready to run these apps, without holding up the host's start."""

    async def run(self, work: Work, watch: Watch) -> Outcome:
        """Run one job to its end.

        Raises a :class:`tomaat.errors.TomaatError` that says why there are no results; :class:`JobCancelled`
        after :meth:`cancel`.
        """

    async def cancel(self, job: str) -> None:
        """Stop a running job: asked first, then by force."""

    async def convert(self, element: OutputElement, source: Path, target: Path) -> None:
        """Write an encoded result in another of its formats."""

    async def check_weights(self, app: str, weights: WeightsFile) -> None:
        """Have an app look at an upload before it is kept; it is loaded on the processor.

        Raises :class:`tomaat.errors.WeightsMismatch` for weights that the app can't use.
        """

    def capacity(self, app: str) -> int:
        """How many jobs of this app may run at once."""

    def state(self, app: str) -> AppState:
        """What this app's workers are doing."""

    def workers(self, app: str) -> int:
        """How many workers this app has now."""

    async def stop(self) -> None:
        """End all workers; what still runs is cut off."""
