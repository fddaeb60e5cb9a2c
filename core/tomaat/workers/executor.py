"""What runs jobs, seen from the dispatcher: local worker processes, or anything that a plugin brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from tomaat.description import AppDescription
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.tally import Tally
from tomaat.workers.work import Result, Work


class AppState(StrEnum):
    """What an app's workers are doing: the first of these that one of them does, from the end of the list."""

    COLD = "cold"
    STOPPING = "stopping"
    STARTING = "starting"
    WARM = "warm"
    BUSY = "busy"
    BROKEN = "broken"
    """Its workers failed to start again and again."""


class InstanceState(StrEnum):
    """What one worker is doing."""

    STARTING = "starting"
    WARM = "warm"
    BUSY = "busy"
    STOPPING = "stopping"


@dataclass(frozen=True)
class Instance:
    """One worker, as it is now.

    :ivar id: names it among the host's workers.
    :ivar pid: its process's id; ``None`` before it has one.
    :ivar device: where it computes; empty until it has chosen.
    :ivar since: when it came into this state, as a Unix time.
    :ivar jobs: the ids of the jobs that it runs.
    :ivar memory: bytes: ``rss``, the peak of its process, and ``device``, its peak on the GPU; empty before its first
        job.
    """

    id: str
    app: str
    state: InstanceState
    device: str
    since: float
    pid: int | None = None
    jobs: tuple[str, ...] = ()
    memory: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a job: its results, seconds by stage, where they come from, and the bytes of memory that it took."""

    results: list[Result]
    timings: dict[str, float]
    provenance: dict[str, Any]
    memory: Mapping[str, int] = field(default_factory=dict)


Watch = Callable[[float, str], None]
"""Is told of progress: a fraction from 0 to 1, and a few words."""


class Executor(Protocol):
    """Runs jobs. The dispatcher decides which job is next; an executor decides where."""

    async def start(self, apps: Mapping[str, AppDescription]) -> None:
        """Make ready to run these apps, without holding up the host's start."""

    async def reload(self, apps: Mapping[str, AppDescription]) -> None:
        """Run these apps from now on, in new workers; what runs is finished by the old ones."""

    async def run(self, work: Work, watch: Watch) -> Outcome:
        """Run one job to its end.

        Raises a :class:`tomaat.errors.TomaatError` that says why there are no results; :class:`JobCancelled`
        after :meth:`cancel`.
        """

    async def cancel(self, job: str) -> None:
        """Stop a running job: asked first, then by force."""

    async def convert(self, write: Callable[[Path, Path], None], source: Path, target: Path) -> None:
        """Have ``write(source, target)`` called where imaging libraries may be loaded; ``target`` appears whole or not
        at all: a result in another of its formats, say.

        Raises the :class:`tomaat.errors.TomaatError` that ``write`` raises.
        """

    async def check_weights(self, app: str, weights: WeightsFile) -> None:
        """Have an app look at an upload before it is kept; it is loaded on the processor.

        Raises :class:`tomaat.errors.WeightsMismatch` for weights that the app can't use.
        """

    async def warm(self, app: str) -> None:
        """Start a worker of this app, unless one is there, and wait until it is warm. Tries a broken app anew.

        Raises :class:`tomaat.errors.WorkerNotStarted`.
        """

    async def retire(self, app: str) -> None:
        """End this app's idle workers now, and the others as soon as their jobs are done."""

    def check(self, app: str) -> None:
        """Raise :class:`tomaat.errors.AppBroken` for an app whose workers don't start: it should get no jobs now."""

    def capacity(self, app: str) -> int:
        """How many jobs of this app may run at once."""

    def state(self, app: str) -> AppState:
        """What this app's workers are doing."""

    def workers(self, app: str) -> int:
        """How many workers this app has now."""

    def instances(self, app: str) -> list[Instance]:
        """This app's workers, the oldest first."""

    def memory(self, app: str) -> list[dict[str, Any]]:
        """The bytes that this app's jobs were measured to take: ``rss`` and ``gpu``, by device and weights."""

    @property
    def tally(self) -> Tally:
        """How many workers were started, and have ended."""

    def reason(self, app: str) -> str | None:
        """Why this app is broken; ``None`` if it is not."""

    async def stop(self) -> None:
        """End all workers; what still runs is cut off."""
