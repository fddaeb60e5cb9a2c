"""What the platform adds to a real network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from os import environ
from pathlib import Path

from measuring import Figure, benchmark, median
from serving import HERE, running_host, scratch
from tomaat.workers.fork_server import MALLOC
from wire import Connection, Piece, expect, form, server_timings

IMAGE = "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"

Timed = tuple[float, dict[str, float]]
"""Seconds in all, and by stage."""


@benchmark(repetitions=3)
def main(repetitions: int) -> list[Figure]:
    """The brain app, warm, on nilearn's MNI152: over HTTP, upload and download included, beside its stages in one
    process without a server. In turns; medians."""
    image = Path(str(files("nilearn").joinpath(IMAGE)))
    request = form("/v1/apps/brain/predict", {}, accept="multipart/mixed", image=[image])
    ours, theirs = [], []
    with scratch() as folder, running_host() as host, in_process(folder, image) as alone:
        _call(host.url, request)
        alone()  # both are warm now
        for _ in range(repetitions):
            ours.append(_call(host.url, request))
            theirs.append(alone())
    return _figures(ours, theirs)


def _call(url: str, request: list[Piece]) -> Timed:
    begun = time.perf_counter()
    with Connection(url) as connection:
        answer = expect(connection.ask(*request))
    return time.perf_counter() - begun, server_timings(answer)


@contextmanager
def in_process(folder: Path, image: Path) -> Iterator[Callable[[], Timed]]:
    """The app's stages in a process of their own, with the allocator's settings that a worker has."""
    command = [sys.executable, str(HERE / "peers" / "brain_in_process.py"), str(folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environ | MALLOC
    ) as process:
        assert process.stdin
        assert process.stdout
        asked, answered = process.stdin, process.stdout

        def run() -> Timed:
            job = Path(tempfile.mkdtemp(dir=folder))
            (job / "inputs").mkdir()
            shutil.copyfile(image, job / "inputs" / "image")
            asked.write(f"{job}\n")
            asked.flush()
            answer = json.loads(answered.readline())
            return answer["seconds"], answer["timings"]

        try:
            yield run
        finally:
            process.kill()


def _figures(ours: list[Timed], theirs: list[Timed]) -> list[Figure]:
    peer = "one process"
    whole = Figure(
        "brain: file to results",
        median([seconds for seconds, _ in ours]),
        "s",
        peer,
        median([seconds for seconds, _ in theirs]),
        most=1.05,
    )
    stages = [
        Figure(
            f"brain: {stage}",
            median([timings[stage] for _, timings in ours]),
            "s",
            peer,
            median([timings[stage] for _, timings in theirs]),
        )
        for stage in ("decode", "preprocess", "infer", "postprocess", "encode")
    ]
    computing = [sum(timings[stage] for stage in theirs[0][1]) for _, timings in ours]
    rest = [seconds - stages for (seconds, _), stages in zip(ours, computing, strict=True)]
    return [whole, *stages, Figure("brain: outside its stages", median(rest), "s")]


if __name__ == "__main__":
    main()
