"""Start scripts that were written for the first TOMAAT, in a folder of a test's own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from slicer import Extension, Items

SCRIPTS = Path(__file__).parent / "old_scripts"
LIMIT = 60.0


@dataclass
class RunningScript:
    """A script that has become a host, on a free port of this machine alone.

    :ivar folder: where it was started: a copy of all scripts.
    :ivar command: what follows ``python``.
    :ivar environment: variables, beside those of the tests.
    """

    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    url: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def home(self) -> Path:
        """The data folder of the user."""
        return self.folder / "home"

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.folder / "script.log").read_text(encoding="utf-8", errors="replace")

    @property
    def fingerprint(self) -> str:
        """That of its certificate, as it prints it."""
        return re.findall(r"SHA-256 fingerprint is (\S+)", self.log)[-1]

    def launch(self) -> None:
        """Start it, and wait for nothing."""
        if not self.folder.exists():
            shutil.copytree(SCRIPTS, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        free = {"TOMAAT_HOME": str(self.home), "TOMAAT_HOST": "127.0.0.1", "TOMAAT_PORT": "0", "OMP_NUM_THREADS": "1"}
        with (self.folder / "script.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=self.folder,
                env=os.environ | free | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start(self) -> None:
        """Start it; returns when it answers."""
        self.launch()
        (self.url,) = self.addresses(1)

    def addresses(self, count: int) -> list[str]:
        """Where its services are, once all of them answer."""
        deadline = time.monotonic() + LIMIT
        while len(found := re.findall(r"TOMAAT is at (\S+)", self.log)) < count or not all(map(_answers, found)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the script is not served:\n{self.log}")
            time.sleep(0.05)
        return found

    def predict(self, fields: dict[str, str]) -> Items:
        """Call it as the Slicer extension does, once its certificate is trusted."""
        return self._extension().predict(f"{self.url}/predict", fields)

    def results(self, waiting: Mapping[str, str]) -> Items:
        """The items that a ``DelayedResponse`` stands for, once they are there."""
        extension = self._extension()
        while (items := extension.ask_again(f"{self.url}/predict", waiting))[0]["type"] == "DelayedResponse":
            time.sleep(0.05)
        return items

    def _extension(self) -> Extension:
        extension = Extension()
        extension.trust(self.url)
        return extension

    def stop(self) -> None:
        """Stop it, and all that it has started, as a terminal does that is closed."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


StartScript = Callable[..., RunningScript]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", verify=False).status_code == 200
    except httpx.TransportError:
        return False
