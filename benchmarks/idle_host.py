"""What a host takes that has nothing to do, and how soon it is there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from measuring import Figure, benchmark, median, process_tree, resident
from serving import HERE, install, scratch
from wire import Connection, get

PLUGINS = 20
PATIENCE = 60.0
SETTLE = 3.0
"""Seconds after which what a start leaves to do is done."""
MEGABYTE = 1e6


@benchmark(repetitions=5)
def main(repetitions: int) -> list[Figure]:
    """A host with 20 plugins: from its start until its port takes connections, and until it answers; its memory when
    idle, and that of the fork server beside it. The peer is what the interpreter itself takes."""
    listening, ready, alone, beside = [], [], [], []
    with scratch() as folder:
        plugins = _plugins(folder / "plugins")
        first = _start(folder / "home", plugins)  # makes the database
        for _ in range(repetitions):
            measured = _start(folder / "home", plugins)
            for values, value in zip((listening, ready, alone, beside), measured, strict=True):
                values.append(value)
    bare = _interpreter()
    return [
        Figure(f"listening, with {PLUGINS} plugins", median(listening), "s", "python -c pass", bare, limit=1.5),
        Figure(f"ready, with {PLUGINS} plugins", median(ready), "s", "python -c pass", bare),
        Figure("idle host: memory", median(alone), "MB", limit=80.0),
        Figure("idle host, first start: memory", first[2], "MB", limit=80.0),
        Figure("idle fork server: memory", median(beside), "MB"),
    ]


def _plugins(folder: Path) -> Path:
    """A folder with so many plugins beside those of this environment, each with an app of its own."""
    source = (HERE / "apps" / "tomaat_bench_text.py").read_text(encoding="utf-8")
    for number in range(PLUGINS):
        install(folder, f"tomaat_bench_text{number}", source.replace('"bench-text"', f'"bench-text{number}"'))
    return folder


def _start(home: Path, plugins: Path) -> tuple[float, float, float, float]:
    """Seconds until it listens and until it answers; megabytes of the host, and of what it has started."""
    home.mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"TOMAAT_HOME": str(home), "PYTHONPATH": str(plugins)}
    command = [sys.executable, "-m", "tomaat", "serve", "--port", str(port)]
    begun = time.perf_counter()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        listening = _until_listening(port, begun)
        ready = _until_ready(port, begun)
        time.sleep(SETTLE)
        others = [pid for pid in process_tree(process.pid) if pid != process.pid]
        return listening, ready, resident(process.pid) / MEGABYTE, sum(map(resident, others)) / MEGABYTE
    finally:
        process.terminate()
        process.wait(30)


def _until_listening(port: int, begun: float) -> float:
    while time.perf_counter() - begun < PATIENCE:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return time.perf_counter() - begun
        time.sleep(0.005)
    raise RuntimeError(f"the host does not listen after {PATIENCE} s")


def _until_ready(port: int, begun: float) -> float:
    while time.perf_counter() - begun < PATIENCE:
        with suppress(OSError), Connection(f"http://127.0.0.1:{port}") as connection:
            if connection.ask(get("/readyz")).status == 200:
                return time.perf_counter() - begun
        time.sleep(0.005)
    raise RuntimeError(f"the host is not ready after {PATIENCE} s")


def _interpreter() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
