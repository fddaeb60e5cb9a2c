"""One network and how it is run: from images to a label map."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import SimpleITK as sitk
import torch
from torch import Tensor

from tomaat.allocator import give_back
from tomaat.context import Context
from tomaat.image import Grid
from tomaat.inference.blending import blending_device
from tomaat.inference.choosing import Choice, choose
from tomaat.inference.footprint import footprint
from tomaat.inference.frame import Frame
from tomaat.inference.interrupting import interrupted_by
from tomaat.inference.memory import require_room
from tomaat.inference.plan import SegmentationPlan
from tomaat.inference.preparation import Prepared, prepare
from tomaat.inference.probe import Probe, labels_of
from tomaat.inference.restoring import Labels
from tomaat.inference.running import Run, as_loaded
from tomaat.inference.sliding import slide
from tomaat.inference.sparing import SparingRun
from tomaat.inference.windows import Windows
from tomaat.weights.network import Network

PREPARED, LOOKED = 0.1, 0.95
"""Parts of the progress: until the network looks at the first window, and until it has looked at all."""


class Engine:
    """A network, ready to segment images; kept as long as its weights are warm.

    :param channels: images that it takes at once.
    :param tried: whether to try the ways to run the network, which takes memory of its own; otherwise it is run as it
        was loaded.
    """

    def __init__(self, network: Network, plan: SegmentationPlan, channels: int, *, tried: bool = True) -> None:
        self.plan = plan
        self._network = network
        self._bytes_per_voxel = 0.0
        if not tried:
            self.choice = Choice(as_loaded(network), "memory was too short to try others")
            return
        probe = Probe.fitting(network, plan, channels)
        self.choice = choose(network, plan, probe)
        if network.device == "cpu":
            self._bytes_per_voxel = footprint(self.choice.run, probe.volume) / math.prod(probe.volume.shape[1:])
        give_back()  # what trying took is more than what running takes

    def prepare(self, images: Sequence[sitk.Image], context: Context) -> Prepared:
        """What the network sees of the images. Raises :class:`TooLarge` where there is not enough memory for the
        job."""
        context.progress(0.02, "preparing the image")
        give_back()  # what the job before left in pieces
        frame = Frame.of(Grid.of(images[0]), self.plan)
        room = require_room(images, frame, self.plan, self._window_bytes(frame), context.memory_limit)
        context.provenance.setdefault("inference", {})["memory"] = room
        return prepare(images, self.plan)

    def segment(self, prepared: Prepared, context: Context) -> sitk.Image:
        """The label map of what was prepared: uint8, or uint16 for over 256 classes, on the first image's own grid."""
        give_back()  # pieces that reading and preparing left, and that no window fits into
        windows = Windows.over(prepared.volume.shape[1:], self.plan)
        blending = self._blending(windows, len(prepared.volume), context)
        context.provenance["arithmetic"] = self.choice.run.arithmetic
        context.provenance.setdefault("inference", {}).update(self._described(windows, blending))
        labels: Labels | None = None
        for slab in self._slabs(prepared.volume.to(blending), windows, context):
            with context.timed("restore"):
                labels = labels or Labels(prepared.frame, prepared.box, windows.along, len(slab))
                labels.take(slab)
        assert labels is not None
        return labels.image()

    def _slabs(self, volume: Tensor, windows: Windows, context: Context) -> Iterator[Tensor]:
        """What the network says, two classes as their difference, in slabs along ``windows.along``."""
        if not context.frugal or self._network.device == "cpu":
            yield from self._seen_by(self.choice.run, volume, windows, context)
            return
        with SparingRun(self.choice.run, self._network) as run:
            yield from self._seen_by(run, volume, windows, context)
        context.provenance["inference"] |= {"plan": "smaller", "windows_on_the_processor": run.moved}

    def _seen_by(self, run: Run | SparingRun, volume: Tensor, windows: Windows, context: Context) -> Iterator[Tensor]:
        witness = Witness(None if context.frugal else self.choice)

        def told(number: int, of: int) -> None:
            context.progress(PREPARED + (LOOKED - PREPARED) * (number - 1) / of, f"window {number} of {of}")

        def look(window: Tensor) -> Tensor:
            with context.timed("network"), interrupted_by(context.check_cancelled, run.module, self._network):
                scores = run(window)
            witness.see(window, scores)
            return (scores[1:] - scores[:1] if len(scores) == 2 else scores).to(volume.device)

        yield from slide(volume, look, self.plan, windows, told)
        witness.testify()

    def _window_bytes(self, frame: Frame) -> int:
        return int(self._bytes_per_voxel * math.prod(Windows.over(frame.shape, self.plan).size))

    def _blending(self, windows: Windows, channels: int, context: Context) -> torch.device:
        if context.frugal:
            return torch.device("cpu")
        return blending_device(self._network.device, windows, channels, self.plan, context.device_limit)

    def _described(self, windows: Windows, blending: torch.device) -> dict[str, Any]:
        run = self.choice.run
        return {
            "why": self.choice.why,
            "layout": run.layout,
            "steps": run.steps,
            "windows": len(windows),
            "window": list(windows.size),
            "batch": 1,
            "blended": str(blending),
            "threads": torch.get_num_threads(),
        }


class Witness:
    """Keeps the window that tells most of a faster arithmetic which could not be judged on the probe, and judges it."""

    def __init__(self, choice: Choice | None) -> None:
        self._choice = choice
        self._best = 0
        self._seen: tuple[Tensor, Tensor] | None = None

    def see(self, window: Tensor, scores: Tensor) -> None:
        """Look at what the exact arithmetic made of a window."""
        if self._choice is None or self._choice.faster is None:
            return
        labels = labels_of(scores)
        mixed = int((labels != labels.flatten()[0]).sum())
        mixed = min(mixed, labels.numel() - mixed)
        if mixed > self._best:
            self._best, self._seen = mixed, (window.clone(), labels)

    def testify(self) -> None:
        """Judge, if anything telling was seen."""
        if self._choice is not None and self._seen is not None:
            self._choice.settle(*self._seen)
