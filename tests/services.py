"""Start real announcement services for tests: a process each, on a free port, with a data folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner, Result

from servers import RunningServer
from tomaat_announce.cli import main

COMMAND = (sys.executable, "-m", "tomaat_announce")


@dataclass
class RunningService(RunningServer):
    """A ``tomaat-announce serve`` that answers.

    :ivar home: its data folder.
    :ivar database: the URL of its database; SQLite in its data folder when empty.
    :ivar config: the text of its settings file.
    :ivar options: of ``tomaat-announce serve``, beside the port.
    :ivar environment: variables that it gets beside those of the tests.
    """

    home: Path
    database: str = ""
    config: str = ""
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log_file(self) -> Path:
        return self.home / "service.log"

    def start(self) -> None:
        """Start it, on the port that it had before if it ran before; returns when it answers."""
        self._prepare()
        self.launch([*COMMAND, "serve", "--port", self.port, *self.options], self._variables())
        (self.url,) = self.addresses()

    def command(self, *words: str) -> Result:
        """Run another ``tomaat-announce`` command on its data folder and database, in this process."""
        self._prepare()
        return CliRunner().invoke(main, words, env=self._variables(), prog_name="tomaat-announce")

    def make_key(self, *options: str) -> str:
        """A new key, made with ``tomaat-announce keys create``."""
        done = self.command("keys", "create", "--owner", "tests", "--json", *options)
        assert done.exit_code == 0, done.stderr
        return str(json.loads(done.stdout)["key"])

    def announce(self, key: str, **fields: Any) -> httpx.Response:
        """Announce over the old route; what is not said is as in :func:`announcement`."""
        return httpx.post(f"{self.url}/announce", json=announcement(api_key=key, **fields), timeout=30, verify=False)

    def discover(self) -> list[dict[str, Any]]:
        """What the old route lists."""
        answer = httpx.get(f"{self.url}/discover", timeout=30, verify=False).raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "announce.toml").write_text(self.config, encoding="utf-8")

    def _variables(self) -> dict[str, str]:
        own = {"TOMAAT_HOME": str(self.home), "TOMAAT_ANNOUNCE_DATABASE": self.database}
        return os.environ | own | dict(self.environment)


def announcement(**fields: Any) -> dict[str, Any]:
    """An announcement as TOMAAT's services send it, but for what ``fields`` say. ``None`` leaves a field out."""
    base = fields.pop("base", "http://127.0.0.1:9")
    said = {
        "api_key": "",
        "prediction_url": f"{base}/predict",
        "interface_url": f"{base}/interface",
        "name": "Spleen",
        "modality": "CT",
        "anatomy": "Spleen",
        "task": "Segmentation",
        "description": "Segments the spleen.",
    }
    return {name: value for name, value in (said | fields).items() if value is not None}
