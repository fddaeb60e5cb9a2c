"""Which way to run a network: the fastest that gives the same labels, and why."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tomaat.inference.plan import SegmentationPlan
from tomaat.inference.probe import Comparison, Probe, compare, labels_of
from tomaat.inference.running import CHANNELS_LAST, CONTIGUOUS, Run, Way, as_loaded, optimised
from tomaat.out_of_memory import raise_if_out_of_memory
from tomaat.weights.network import Network

log = logging.getLogger(__name__)


@dataclass
class Choice:
    """A way to run a network, and why it was chosen.

    :ivar run: the way.
    :ivar why: a sentence for the provenance.
    :ivar faster: a way in a faster arithmetic that the probe did not prove: a made-up volume may show one label only,
        or lie far from what the network knows, where its labels hang on the last bit. A real image will tell.
    """

    run: Run
    why: str
    faster: Run | None = None

    def settle(self, window: Tensor, labels: Tensor) -> None:
        """Judge the faster arithmetic on a window of a real image.

        :param labels: what the exact arithmetic found in it.
        """
        if self.faster is None:
            return
        faster, where = self.faster, "a window of the first image"
        found = compare(labels, labels_of(faster(window)))
        if not found.telling:
            return
        self.faster = None
        if found.same:
            self.run, self.why = faster, _same(faster, found, where)
        else:
            self.why = f"{faster.arithmetic} gives other labels than fp32 on {where} ({_figures(found)})"
            log.warning("%s: fp32 is used", self.why)


def choose(network: Network, plan: SegmentationPlan, probe: Probe) -> Choice:
    """The fastest way to run ``network`` that gives the labels of fp32 on ``probe``.

    Where the plan does not say which intensities the network expects, the probe's mean nothing to it; only a real image
    is then taken for a proof.
    """
    loaded = as_loaded(network)
    if loaded.module is None:
        return Choice(loaded, "the network brings its own arithmetic")
    exact = _first_equal(_ways(network, "fp32"), probe) or loaded
    if plan.arithmetic == "fp32":
        return Choice(exact, "the app or the settings insist on fp32")
    arithmetic, lacking = fast_arithmetic(network.device)
    if not arithmetic:
        return Choice(exact, lacking)
    return _with_faster(exact, _ways(network, arithmetic), plan, probe)


def fast_arithmetic(device: str) -> tuple[str, str]:
    """The arithmetic that is faster than fp32 on ``device``; or an empty text, and why there is none."""
    if device.startswith("cuda"):
        # older GPUs imitate bf16, which is slower than fp32
        return ("bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"), ""
    # oneDNN takes bf16 on other processors too, but imitates it there, which is slower than fp32
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        return "bf16", ""
    return "", f"this processor ({torch.backends.cpu.get_cpu_capability()}) has no arithmetic that is faster than fp32"


def _ways(network: Network, arithmetic: str) -> Iterator[Run]:
    """Ways to run a torch network in one arithmetic, the fastest first.

    In an order that is known and not measured here: a network must not run in another way, whose last bits may differ,
    after a restart on a busy machine. ``benchmarks/`` measures it.
    """
    if network.device.startswith("cuda"):
        ways = [Way(CHANNELS_LAST), Way(CONTIGUOUS)]
    else:
        ways = [Way(CHANNELS_LAST, fused=True, packed=True), Way(CHANNELS_LAST)]
        ways += [Way(CONTIGUOUS)] if arithmetic == "fp32" else []
    for way in ways:
        try:
            yield optimised(network, arithmetic, way)
        except Exception as error:
            raise_if_out_of_memory(error)
            log.warning("the network can't be brought to %s %s", arithmetic, way, exc_info=error)


def _first_equal(ways: Iterator[Run], probe: Probe) -> Run | None:
    """The first way that gives what the network gives as it was loaded, but for the last bits."""
    near = 1e-4 * max(float(probe.scores.abs().max()), 1e-6)
    for way in ways:
        scores = _scores(way, probe)
        if scores is not None and float((scores - probe.scores).abs().max()) < near:
            return way
    return None


def _with_faster(exact: Run, ways: Iterator[Run], plan: SegmentationPlan, probe: Probe) -> Choice:
    """``exact``, or a faster arithmetic where that has proved itself."""
    labels = labels_of(probe.scores)
    for way in ways:
        scores = _scores(way, probe)
        if scores is None:
            continue
        found = compare(labels, labels_of(scores))
        if plan.intensity is not None and found.telling and found.same:
            return Choice(way, _same(way, found, "a probe"))
        reason = "shows one label" if not found.telling else f"differs ({_figures(found)})"
        return Choice(exact, f"fp32, until a real image shows what {way.arithmetic} gives: the probe {reason}", way)
    return Choice(exact, "the network runs in fp32 alone")


def _scores(run: Run, probe: Probe) -> Tensor | None:
    """What a way gives for the probe; ``None`` if it does not work."""
    try:
        return run(probe.volume)
    except Exception as error:
        raise_if_out_of_memory(error)
        log.warning("the network can't be run in %s %s", run.arithmetic, run.layout, exc_info=error)
        return None


def _same(faster: Run, found: Comparison, where: str) -> str:
    return f"{faster.arithmetic} gives the labels of fp32 on {where} ({_figures(found)})"


def _figures(found: Comparison) -> str:
    return f"the same label in {found.agreement:.5f} of the voxels, Dice of each label {found.dice:.4f} or more"
