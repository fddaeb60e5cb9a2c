"""A CT as 3D Slicer sends it, and what the first TOMAAT took for the same."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from measuring import Figure, benchmark, median, quantile
from serving import HERE, peers_python, running_host, running_peer, scratch
from wire import Answer, Connection, Piece, expect, form

SIZE = (90, 512, 512)
AT_ONCE = 8
LEVEL = "0.3"
"""Of the range: below the body, above the air around it."""


@benchmark(repetitions=3)
def main(repetitions: int) -> list[Figure]:
    """A CT of 512 x 512 x 90, 45 MB, through /predict in the old protocol, beside TOMAAT's own steps, on Klein as it
    was and behind a plainer server; one by one in turns, then eight at once. Ours also makes surface and report."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        host = stack.enter_context(running_host())
        peers = _peers(stack)
        ct = _ct(folder)
        ours = form("/threshold/predict", {"level": LEVEL, "module_version": "Slicer-v2"}, image=[ct])
        theirs = form("/predict", {"level": LEVEL}, image=[ct])
        answer = _call(host.url, ours)[1]
        for url in peers.values():
            _check(answer, _call(url, theirs)[1], folder)  # all are warm now
        rounds = [
            (_call(host.url, ours)[0], {name: _call(url, theirs)[0] for name, url in peers.items()})
            for _ in range(repetitions)
        ]
        with _probed(host.url) as health, running_peer("sanic_bare", "/healthz") as idle, _probed(idle.url) as nothing:
            eight = _at_once(host.url, ours)
        their_eight = {name: _at_once(url, theirs) for name, url in peers.items()}
    alone = median([seconds for seconds, _ in rounds])
    beside = {name: median([seconds[name] for _, seconds in rounds]) for name in peers}
    return [
        *_compared("45 MB CT", alone, beside, most=0.5),
        *_compared(f"{AT_ONCE} at once, all answered", eight, their_eight),
        *_health(health, nothing),
    ]


def _peers(stack: ExitStack) -> dict[str, str]:
    """URLs by name: Klein first, where it is installed."""
    found = {}
    if python := peers_python():
        klein = stack.enter_context(running_peer("first_tomaat_klein", "/interface", python))
        found["TOMAAT's steps on Klein"] = klein.url
    return found | {"TOMAAT's steps alone": stack.enter_context(running_peer("first_tomaat", "/interface")).url}


def _compared(what: str, ours: float, beside: dict[str, float], most: float | None = None) -> list[Figure]:
    """A line for each peer; the limit counts against all of them, also those that are faster than TOMAAT was."""
    return [Figure(what, ours, "s", name, seconds, most=most) for name, seconds in beside.items()]


def _ct(folder: Path) -> Path:
    """A body with noise in air, as the base64 of an uncompressed MHA, in lines as ``encodebytes`` makes them."""
    random = np.random.default_rng(0)
    z, y, x = np.ogrid[-1 : 1 : SIZE[0] * 1j, -1 : 1 : SIZE[1] * 1j, -1 : 1 : SIZE[2] * 1j]
    body = (x / 0.8) ** 2 + (y / 0.6) ** 2 + (z / 1.5) ** 2 < 1
    spine = (x / 0.08) ** 2 + ((y - 0.35) / 0.08) ** 2 < 1
    voxels = np.where(body, np.where(spine, 900, 50), -1000).astype(np.int16)
    voxels += random.integers(-40, 40, SIZE, dtype=np.int16)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.8, 0.8, 5.0))
    mha, field = folder / "ct.mha", folder / "ct.base64"
    sitk.WriteImage(image, str(mha), useCompression=False)
    field.write_bytes(base64.encodebytes(mha.read_bytes()))
    return field


def _call(url: str, request: list[Piece]) -> tuple[float, Answer]:
    """A connection of its own for each call: the extension opens one, too."""
    begun = time.perf_counter()
    with Connection(url) as connection:
        answer = expect(connection.ask(*request))
    return time.perf_counter() - begun, answer


def _check(ours: Answer, theirs: Answer, folder: Path) -> None:
    """Raise unless both found the same voxels: else there is nothing to compare."""
    masks = []
    for answer in (ours, theirs):
        target = folder / "labels.mha"
        content = next(item["content"] for item in json.loads(answer.body) if item["type"] == "LabelVolume")
        target.write_bytes(base64.decodebytes(content.encode("ascii")))
        masks.append(sitk.GetArrayFromImage(sitk.ReadImage(str(target))) != 0)
    if not np.array_equal(*masks):
        raise RuntimeError("the two do not find the same labels")


def _at_once(url: str, request: list[Piece]) -> float:
    """Seconds until all of them are answered."""
    ready = threading.Barrier(AT_ONCE + 1)

    def call() -> None:
        ready.wait()
        _call(url, request)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        calls = [pool.submit(call) for _ in range(AT_ONCE)]
        ready.wait()
        begun = time.perf_counter()
        for done in calls:
            done.result()
        return time.perf_counter() - begun


@contextmanager
def _probed(url: str) -> Iterator[list[float]]:
    """Ask ``/healthz`` all the time; the list has the answers' seconds at the end."""
    command = [sys.executable, str(HERE / "peers" / "probe.py"), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as probe:
        found: list[float] = []
        time.sleep(0.5)  # until it asks
        yield found
        found += json.loads(probe.communicate()[0])


def _health(ours: list[float], nothing: list[float]) -> list[Figure]:
    """Beside a bare Sanic that does nothing else: what it shows is how long the machine lets anybody wait."""
    peer = f"idle Sanic, {len(nothing):,} asked"
    return [
        Figure(f"/healthz meanwhile, {len(ours):,} asked: p50", median(ours) * 1e3, "ms", peer, median(nothing) * 1e3),
        Figure("/healthz meanwhile: p99", quantile(ours, 0.99) * 1e3, "ms", peer, quantile(nothing, 0.99) * 1e3),
        Figure("/healthz meanwhile: longest", max(ours) * 1e3, "ms", peer, max(nothing) * 1e3, limit=50.0),
    ]


if __name__ == "__main__":
    main()
