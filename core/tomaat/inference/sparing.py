"""The smaller plan: a network on a GPU that has too little memory for it."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from tomaat.inference.running import Run, as_loaded
from tomaat.out_of_memory import free_memory, is_out_of_memory
from tomaat.weights.network import Network

log = logging.getLogger(__name__)


class SparingRun:
    """Runs a network on its GPU for as long as that has the memory for a window, then on the processor.

    What it gives is on the processor. To be used in a ``with``: at its end the network is back on its GPU.

    :ivar module: the torch module that runs now.
    :ivar moved: windows that the processor has looked at.
    """

    def __init__(self, run: Run, network: Network) -> None:
        self._run, self._network = run, network
        self._device = network.device
        self.moved = 0

    @property
    def module(self) -> Any:
        return self._run.module

    def __call__(self, window: Tensor) -> Tensor:
        """As :class:`tomaat.inference.running.Run`, on the processor."""
        if self._network.device != "cpu":
            scores = self._on_gpu(window)
            if scores is not None:
                return scores
            self._move()  # here, where no error holds what the attempt had in memory any more
        self.moved += 1
        return self._run(window)

    def __enter__(self) -> Self:
        free_memory()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._network.device == self._device:
            return
        try:
            self._to(self._device)
        except Exception as failed:
            if not is_out_of_memory(failed):
                raise
            self._to("cpu")

    def _on_gpu(self, window: Tensor) -> Tensor | None:
        """What the GPU gives; ``None`` if it has too little memory for that."""
        try:
            return self._run(window).cpu()
        except Exception as error:
            if not is_out_of_memory(error) or self._run.module is None:
                raise
            return None

    def _move(self) -> None:
        log.warning("%s has too little memory for a window; the processor looks at the rest", self._device)
        self._to("cpu")
        self._run = as_loaded(self._network)

    def _to(self, device: str) -> None:
        network: Any = self._network
        network.module.to(torch.device(device))
        network.device = device
        free_memory()
