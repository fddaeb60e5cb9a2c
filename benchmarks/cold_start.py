"""How long an app takes that has no process yet."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from measuring import Figure, benchmark, median
from serving import HERE, running_host, scratch
from wire import Connection, Piece, expect, form, get, server_timings

APP = "bench-torch"
CONFIG = f"""
[apps.{APP}]
idle_timeout = 0.1
"""
PATIENCE = 30.0


@benchmark(repetitions=5)
def main(repetitions: int) -> list[Figure]:
    """From a cold app that needs torch to its answer, without the inference itself: the host runs, the app has no
    process. Beside a new Python process that does the same without a host."""
    ours, starts, spawned = [], [], []
    with scratch() as folder, running_host(CONFIG) as host, Connection(host.url) as connection:
        volume = folder / "volume.mha"
        sitk.WriteImage(sitk.GetImageFromArray(np.ones((24, 24, 24), np.int16)), str(volume))
        request = form(f"/v1/apps/{APP}/predict", {}, accept="text/plain", image=[volume])
        expect(connection.ask(*request))  # now the fork server has imported what it preloads
        for _ in range(repetitions):
            _wait_until_cold(connection)
            total, start = _call(connection, request)
            ours.append(total)
            starts.append(start)
            spawned.append(_spawned(volume))
    return [
        Figure("cold torch app, without infer", median(ours), "s", "new process", median(spawned), limit=0.5),
        Figure("of that: its worker starts", median(starts), "s"),
    ]


def _call(connection: Connection, request: list[Piece]) -> tuple[float, float]:
    """Seconds without the inference, and those until the worker was ready."""
    begun = time.perf_counter()
    answer = expect(connection.ask(*request))
    seconds = time.perf_counter() - begun
    timings = server_timings(answer)
    return seconds - timings["infer"], timings["start"]


def _wait_until_cold(connection: Connection) -> None:
    deadline = time.monotonic() + PATIENCE
    while json.loads(expect(connection.ask(get(f"/v1/apps/{APP}"))).body)["state"] != "cold":
        if time.monotonic() > deadline:
            raise RuntimeError(f"{APP} is still warm after {PATIENCE} s")
        time.sleep(0.05)
    time.sleep(0.2)  # its last worker is gone, too


def _spawned(volume: Path) -> float:
    """The same for a new process: import, load, read, infer; without infer."""
    begun = time.perf_counter()
    command = [sys.executable, str(HERE / "peers" / "torch_from_nothing.py"), str(volume)]
    infer = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout
    return time.perf_counter() - begun - float(infer)


if __name__ == "__main__":
    main()
