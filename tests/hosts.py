"""Start real hosts for tests: a process of its own each, on a free port, with a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

APPS = Path(__file__).parent / "apps"
START_LIMIT = 60.0


@dataclass
class RunningHost:
    """A ``tomaat serve`` that answers.

    :ivar url: where it is, without a slash at the end.
    :ivar home: its data folder.
    :ivar options: of ``tomaat serve``, beside the port.
    """

    home: Path
    path: Path
    config: str = ""
    options: tuple[str, ...] = ()
    url: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.home / "host.log").read_text(encoding="utf-8", errors="replace")

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its certificate, as it prints it; of a host with the option ``--tls``."""
        return re.findall(r"SHA-256 fingerprint is (\S+)", self.log)[-1]

    @property
    def job_folders(self) -> list[str]:
        """The folders of jobs that it has on disk."""
        return sorted(folder.name for folder in (self.home / "jobs").iterdir())

    def start(self) -> None:
        """Start it, on the port that it had before if it ran before; returns when it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "tomaat.toml").write_text(self.config, encoding="utf-8")
        port = self.url.rpartition(":")[2] or "0"
        environment = os.environ | {"TOMAAT_HOME": str(self.home), "PYTHONPATH": str(self.path)}
        with (self.home / "host.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tomaat", "serve", "--port", port, *self.options],
                stdout=log,
                stderr=log,
                env=environment,
            )
        deadline = time.monotonic() + START_LIMIT
        while not (found := re.search(r"TOMAAT is at (https?://\S+)", self.log)) or not self._answers(found[1]):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the host did not start:\n{self.log}")
            time.sleep(0.05)
        self.url = found[1]

    def _answers(self, url: str) -> bool:
        try:
            return httpx.get(f"{url}/readyz", verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Stop it as an administrator would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()
        self.process.wait(30)


def install(folder: Path, name: str, source: str, *, version: str = "1.0") -> None:
    """Make ``source`` an installed plugin for processes that have ``folder`` on their path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    metadata = folder / f"{name}-{version}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(f"[tomaat]\n{name} = {name}\n")


def hide(folder: Path, distribution: str) -> None:
    """Make an installed plugin invisible to processes that have ``folder`` on their path."""
    metadata = folder / f"{distribution.replace('-', '_')}-0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0\n")
