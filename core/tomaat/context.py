"""What an app may ask of the process that runs it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tomaat.errors import JobCancelled

if TYPE_CHECKING:
    from tomaat.weights.declaration import WeightsFile
    from tomaat.weights.network import Network


class Context:
    """The third argument of every stage, and the only one of :meth:`tomaat.App.load`.

    :ivar device: where to compute: ``"cpu"`` or ``"cuda:0"``.
    :ivar log: a logger; what it gets is in the job's own log, which its client can read.
    :ivar provenance: what the result shall say of how it was made; stages add to it.
    :ivar timings: seconds by stage.
    :ivar memory_limit: bytes of memory that the app may take; 0 where only the machine sets a limit.
    :ivar device_limit: bytes of its GPU's memory that the app may have; 0 where only the GPU sets a limit.
    :ivar frugal: whether memory ran out when this job was tried before: take the way that needs the least.
    :ivar arithmetic: ``fp32`` where the settings allow no faster one; else empty.
    :ivar weights: which weights this job uses; ``None`` for an app that takes none.
    """

    def __init__(
        self,
        *,
        device: str,
        scratch: Path,
        log: logging.Logger,
        report: Callable[[float, str], None] = lambda fraction, message: None,
        cancelled: Callable[[], bool] = lambda: False,
        entered: Callable[[str], None] = lambda stage: None,
        waits: Callable[[bool], None] = lambda waiting: None,
        weights: WeightsFile | None = None,
        load_network: Callable[[WeightsFile], Network] | None = None,
        memory_limit: int = 0,
        device_limit: int = 0,
        frugal: bool = False,
        arithmetic: str = "",
    ) -> None:
        self.device = device
        self._scratch = scratch
        self.log = log
        self.provenance: dict[str, Any] = {}
        self.timings: dict[str, float] = {}
        self._report = report
        self._cancelled = cancelled
        self._entered = entered
        self._waits = waits
        self.weights = weights
        self._load_network = load_network
        self.memory_limit = memory_limit
        self.device_limit = device_limit
        self.frugal = frugal
        self.arithmetic = arithmetic

    @property
    def network(self) -> Network:
        """The network with the weights of this job, on its device; loaded once, then kept warm in the worker."""
        if self.weights is None or self._load_network is None:
            raise LookupError("There is no network here: the app declares no weights, or there is no job yet.")
        return self._load_network(self.weights)

    @property
    def scratch(self) -> Path:
        """A folder of this job's own, empty at first and removed with the job."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        return self._scratch

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell the client how far the job is. Also a place where a cancelled job stops.

        :param fraction: 0 to 1, over the whole job.
        :param message: a few words: ``"window 12 of 30"``.
        """
        self.check_cancelled()
        self._report(min(max(float(fraction), 0.0), 1.0), message)

    def check_cancelled(self) -> None:
        """Raise :class:`tomaat.errors.JobCancelled` if the client has cancelled; call it in long loops."""
        if self._cancelled():
            raise JobCancelled("The job was cancelled.")

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds spent inside to ``timings[stage]``."""
        self._entered(stage)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.timings[stage] = self.timings.get(stage, 0.0) + time.perf_counter() - begun

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Inside, the job waits for what is not its own fault: a device, a network. Its timeout stands still."""
        self._waits(True)
        try:
            yield
        finally:
            self._waits(False)
