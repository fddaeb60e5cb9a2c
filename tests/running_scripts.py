"""Start scripts that were written for the first TOMAAT, in a folder of a test's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from servers import RunningServer
from slicer import Extension, Items

SCRIPTS = Path(__file__).parent / "old_scripts"


@dataclass
class RunningScript(RunningServer):
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
    def log_file(self) -> Path:
        return self.folder / "script.log"

    def begin(self) -> None:
        """Start it, and wait for nothing."""
        if not self.folder.exists():
            shutil.copytree(SCRIPTS, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        free = {"TOMAAT_HOME": str(self.home), "TOMAAT_HOST": "127.0.0.1", "TOMAAT_PORT": "0", "OMP_NUM_THREADS": "1"}
        environment = os.environ | free | self.environment
        self.launch([sys.executable, *self.command], environment, cwd=self.folder, start_new_session=True)

    def start(self) -> None:
        """Start it; returns when it answers."""
        self.begin()
        (self.url,) = self.addresses()

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
