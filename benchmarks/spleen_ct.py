"""A network over a CT: the app ``spleen`` beside the way that pfms does it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import SimpleITK as sitk
import torch
from torch.utils.flop_counter import FlopCounterMode

from measuring import Figure, benchmark, median, peak_memory, process_tree, reset_peak
from serving import HERE, ROOT, running_host, running_peer, scratch
from tomaat import Client
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


@dataclass(frozen=True)
class Measured:
    """One CT, segmented a few times.

    :ivar seconds: end to end over HTTP, the median.
    :ivar timings: the seconds of each stage, the median.
    :ivar memory: the most bytes that the process had meanwhile.
    :ivar labels: the label map, z, y, x.
    :ivar windows: how many the network looked through.
    """

    seconds: float
    timings: dict[str, float]
    memory: int
    labels: np.ndarray
    windows: int = 0


@benchmark(repetitions=3)
def main(repetitions: int) -> list[Figure]:
    """The app spleen over HTTP, warm, in bf16 where the processor has it and in fp32, beside pfms's way: weights read
    for each request, MONAI's transforms, fp32, windows in batches of four. A synthetic abdomen of 512 x 512 x 90, and a
    real CT where there is one. Weights are trained once, for five minutes."""
    weights = trained()
    figures: list[Figure] = []
    with scratch() as folder:
        for name, ct in inputs(folder).items():
            with running_peer("pfms_spleen", "/peak", arguments=[str(weights)]) as peer:
                theirs = measure(peer.url, peer.pid, post("/infer", "application/octet-stream", ct), repetitions)
            for arithmetic in ("", "fp32"):
                found = ours(ct, weights, arithmetic, repetitions)
                figures += beside(f"{name}, {arithmetic or 'bf16'}", found, theirs, arithmetic)
    return figures


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


def ours(ct: Path, weights: Path, arithmetic: str, repetitions: int) -> Measured:
    """The app on a host of ours."""
    config = f'[apps.spleen]\narithmetic = "{arithmetic}"\n'
    request = form("/v1/apps/spleen/predict", {}, accept="application/gzip", image=[ct])
    with running_host(config) as host:
        with Client(host.url) as client:
            client.push_weights("spleen", weights)
            # The first image also settles in which arithmetic the next ones run
            windows = client.predict("spleen", image=ct).provenance["inference"]["windows"]
        call(host.url, request)
        found = measure(host.url, largest(host.process.pid), request, repetitions)
    return replace(found, windows=windows)


def measure(url: str, pid: int, request: list[bytes | Path], repetitions: int) -> Measured:
    """Ask a few times."""
    call(url, request)
    reset_peak(pid)
    answers = [call(url, request) for _ in range(repetitions)]
    timings = [server_timings(answer) for _, answer in answers]
    with scratch() as folder:
        (folder / "labels.nii.gz").write_bytes(answers[-1][1].body)
        labels = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "labels.nii.gz")))
    return Measured(
        median([seconds for seconds, _ in answers]),
        {stage: median([timing[stage] for timing in timings]) for stage in timings[0]},
        peak_memory(pid),
        labels,
    )


def call(url: str, request: Sequence[bytes | Path]) -> tuple[float, Answer]:
    """Ask once; returns the seconds and the answer."""
    begun = time.perf_counter()
    with Connection(url) as connection:
        answer = expect(connection.ask(*request))
    return time.perf_counter() - begun, answer


def largest(pid: int) -> int:
    """The process with the most memory among a host's: the worker."""
    return max(process_tree(pid), key=reset_peak)


def beside(name: str, ours: Measured, theirs: Measured, arithmetic: str) -> list[Figure]:
    """The figures of one CT in one arithmetic."""
    fast = arithmetic == "" and (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    one, other = ours.labels > 0, theirs.labels > 0
    dice = 2 * (one & other).sum() / max(one.sum() + other.sum(), 1)
    whole = Figure(f"{name}: file to labels", ours.seconds, "s", PEER, theirs.seconds, most=1 / 7 if fast else 1 / 4)
    same = (
        Figure(f"{name}: 1 - Dice to {PEER}", float(1 - dice), "", limit=0.002)
        if fast
        else Figure(f"{name}: voxels labelled otherwise", float((one != other).sum()), "", limit=1)
    )
    gigabytes = (ours.memory / 1e9, theirs.memory / 1e9)
    return [
        whole,
        same,
        Figure(f"{name}: peak memory", gigabytes[0], "GB", PEER, gigabytes[1], most=0.5),
        *[
            Figure(f"{name}: {stage}", ours.timings[stage], "s", PEER, theirs.timings.get(stage))
            for stage in STAGES
            if stage in ours.timings
        ],
        Figure(f"{name}: all but the network", ours.seconds - ours.timings["network"], "s"),
        Figure(f"{name}: network", ours.timings["network"], "s", "floor", floor(ours.windows, fast=fast)),
    ]


def floor(windows: int, *, fast: bool) -> float:
    """The seconds that the network's operations take at the rate of a large matrix product on this machine."""
    sys.path.insert(0, str(TRAINING))
    from train import spleen_network

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        spleen_network().eval()(torch.zeros((1, 1, 96, 96, 96)))
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
