"""Start real hosts for tests: a process of its own each, on a free port, with a data folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from servers import RunningServer

APPS = Path(__file__).parent / "apps"


@dataclass
class RunningHost(RunningServer):
    """A ``tomaat serve`` that answers.

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
    def log_file(self) -> Path:
        return self.home / "host.log"

    @property
    def job_folders(self) -> list[str]:
        """The folders of jobs that it has on disk."""
        return sorted(folder.name for folder in (self.home / "jobs").iterdir())

    def start(self) -> None:
        """Start it, on the port that it had before if it ran before; returns when it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "tomaat.toml").write_text(self.config, encoding="utf-8")
        environment = os.environ | {"TOMAAT_HOME": str(self.home), "PYTHONPATH": str(self.path)}
        self.launch([sys.executable, "-m", "tomaat", "serve", "--port", self.port, *self.options], environment)
        (self.url,) = self.addresses()


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
