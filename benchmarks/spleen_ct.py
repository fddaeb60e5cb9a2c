"""A network over a CT: the app ``spleen`` beside the way that pfms does it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import SimpleITK as sitk
import torch
from torch.utils.flop_counter import FlopCounterMode

from measuring import Figure, benchmark, median, peak_memory, process_tree, reset_peak
from serving import HERE, ROOT, running_host, running_peer, scratch
from tomaat import Client
from tomaat_spleenseg.app import Spleen
from wire import Answer, Connection, expect, form, post, server_timings

TRAINING = ROOT / "plugins" / "tomaat-spleenseg" / "training"
WEIGHTS = HERE / ".cache" / "spleen.pth"
MINUTES = "5"
"""How long the weights are trained, once."""
SHARED_CT = ROOT.parent / "shared" / "data" / "ct" / "example_ct.nii.gz"
"""A real CT, on the machines that have it."""
PEER = "pfms's way"
STAGES = (
    "upload",
    "queue",
    "start",
    "decode",
    "preprocess",
    "device",
    "infer",
    "network",
    "restore",
    "postprocess",
    "encode",
)


Request = list[bytes | Path]


@dataclass
class Runner:
    """What is measured: where it is, what it is asked, and what came of it.

    :ivar pid: the process that computes.
    :ivar windows: how many windows its network looks through.
    """

    url: str
    pid: int
    request: Request
    windows: int = 0
    seconds: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def run(self) -> None:
        """Ask once."""
        seconds, answer = call(self.url, self.request)
        self.seconds.append(seconds)
        self.answers.append(answer)

    @property
    def timings(self) -> dict[str, float]:
        """The seconds of each stage, the median."""
        timings = [server_timings(answer) for answer in self.answers]
        return {stage: median([timing[stage] for timing in timings]) for stage in timings[0]}

    @property
    def labels(self) -> np.ndarray:
        """The label map that came last, z, y, x."""
        with scratch() as folder:
            (folder / "labels.nii.gz").write_bytes(self.answers[-1].body)
            return sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "labels.nii.gz")))


@benchmark(repetitions=3)
def main(repetitions: int) -> list[Figure]:
    """The app spleen over HTTP, warm, in bf16 where the processor has it and in fp32, beside pfms's way: weights read
    for each request, MONAI's transforms, fp32, windows in batches of four. In turns; medians. A synthetic abdomen of
    512 x 512 x 90, and a real CT where there is one. Weights are trained once, for five minutes."""
    weights = trained()
    figures: list[Figure] = []
    with scratch() as folder:
        for name, ct in inputs(folder).items():
            figures += compared(name, ct, weights, repetitions)
    return figures


def compared(name: str, ct: Path, weights: Path, repetitions: int) -> list[Figure]:
    """The figures of one CT."""
    with ExitStack() as running:
        peer = running.enter_context(running_peer("pfms_spleen", "/peak", arguments=[str(weights)]))
        theirs = Runner(peer.url, peer.pid, post("/infer", "application/octet-stream", ct))
        ours = {
            arithmetic: running.enter_context(spleen_host(ct, weights, arithmetic)) for arithmetic in ("bf16", "fp32")
        }
        theirs.run()  # warm, as ours are
        theirs.seconds, theirs.answers = [], []
        for runner in (theirs, *ours.values()):
            reset_peak(runner.pid)
        for _ in range(repetitions):
            for runner in (theirs, *ours.values()):
                runner.run()
        fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return [
            figure
            for arithmetic, runner in ours.items()
            for figure in beside(f"{name}, {arithmetic}", runner, theirs, fast=fast and arithmetic == "bf16")
        ]


def trained() -> Path:
    """Weights that know a spleen."""
    if not WEIGHTS.exists():
        WEIGHTS.parent.mkdir(exist_ok=True)
        click.echo(f"training weights for {MINUTES} minutes, once ...", err=True)
        subprocess.run([sys.executable, str(TRAINING / "train.py"), str(WEIGHTS), "--minutes", MINUTES], check=True)
    return WEIGHTS


def inputs(folder: Path) -> dict[str, Path]:
    """The CTs, by name."""
    sys.path.insert(0, str(TRAINING))
    from synthetic import synthetic_abdomen

    abdomen = folder / "abdomen.nii.gz"
    sitk.WriteImage(synthetic_abdomen(np.random.default_rng(7), (512, 512, 90), (0.8, 0.8, 5.0))[0], str(abdomen))
    return {"abdomen": abdomen} | ({"real CT": SHARED_CT} if SHARED_CT.exists() else {})


@contextmanager
def spleen_host(ct: Path, weights: Path, arithmetic: str) -> Iterator[Runner]:
    """The app on a host of ours, warm."""
    config = f'[apps.spleen]\narithmetic = "{arithmetic if arithmetic == "fp32" else ""}"\n'
    with running_host(config) as host, Client(host.url) as client:
        client.push_weights("spleen", weights)
        # The first image may also settle in which arithmetic the next ones run
        windows = client.predict("spleen", image=ct).provenance["inference"]["windows"]
        client.predict("spleen", image=ct)
        request = form("/v1/apps/spleen/predict", {}, accept="application/gzip", image=[ct])
        yield Runner(host.url, largest(host.process.pid), request, windows)


def call(url: str, request: Request) -> tuple[float, Answer]:
    """Ask once; returns the seconds and the answer."""
    begun = time.perf_counter()
    with Connection(url) as connection:
        answer = expect(connection.ask(*request))
    return time.perf_counter() - begun, answer


def largest(pid: int) -> int:
    """The process with the most memory among a host's: the worker."""
    return max(process_tree(pid), key=reset_peak)


def beside(name: str, ours: Runner, theirs: Runner, *, fast: bool) -> list[Figure]:
    """The figures of one CT in one arithmetic."""
    one, other = ours.labels > 0, theirs.labels > 0
    dice = 2 * (one & other).sum() / max(one.sum() + other.sum(), 1)
    seconds, timings, their_timings = median(ours.seconds), ours.timings, theirs.timings
    same = (
        Figure(f"{name}: 1 - Dice, in thousandths", float(1 - dice) * 1000, "", limit=2)
        if fast
        else Figure(f"{name}: voxels labelled otherwise", float((one != other).sum()), "", limit=1)
    )
    return [
        Figure(f"{name}: file to labels", seconds, "s", PEER, median(theirs.seconds), most=1 / 7 if fast else 1 / 4),
        same,
        Figure(
            f"{name}: peak memory", peak_memory(ours.pid) / 1e9, "GB", PEER, peak_memory(theirs.pid) / 1e9, most=0.5
        ),
        *[
            Figure(f"{name}: {stage}", timings[stage], "s", PEER, their_timings.get(stage))
            for stage in STAGES
            if stage in timings
        ],
        Figure(f"{name}: all but the network", seconds - timings["network"], "s"),
        Figure(f"{name}: network, and its floor", timings["network"], "s", "floor", floor(ours.windows, fast=fast)),
    ]


def floor(windows: int, *, fast: bool) -> float:
    """The seconds that the network's operations take at the rate of a large matrix product on this machine."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        Spleen().network().eval()(torch.zeros((1, 1, 96, 96, 96)))
    operations = counter.get_total_flops() * (160 / 96) ** 3 * windows
    return operations / matrix_rate(torch.bfloat16 if fast else torch.float32)


def matrix_rate(dtype: torch.dtype) -> float:
    """Operations a second of this machine's matrix product."""
    side = 2048
    one, other = torch.rand((side, side)).to(dtype), torch.rand((side, side)).to(dtype)
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        torch.mm(one, other)
        seconds.append(time.perf_counter() - begun)
    return 2 * side**3 / min(seconds)


if __name__ == "__main__":
    main()
