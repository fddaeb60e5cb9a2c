"""Start real announcement services for tests: a process each, on a free port, with a data folder of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from click.testing import CliRunner, Result

from tomaat_announce.cli import main

START_LIMIT = 60.0
COMMAND = (sys.executable, "-m", "tomaat_announce")


@dataclass
class RunningService:
    """A ``tomaat-announce serve`` that answers.

    :ivar home: its data folder.
    :ivar database: the URL of its database; SQLite in its data folder when empty.
    :ivar config: the text of its settings file.
    :ivar options: of ``tomaat-announce serve``, beside the port.
    :ivar environment: variables that it gets beside those of the tests.
    :ivar url: where it is, without a slash at the end.
    """

    home: Path
    database: str = ""
    config: str = ""
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.home / "service.log").read_text(encoding="utf-8", errors="replace")

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its certificate, as it prints it; of a service with the option ``--tls``."""
        return re.findall(r"SHA-256 fingerprint is (\S+)", self.log)[-1]

    def start(self) -> None:
        """Start it, on the port that it had before if it ran before; returns when it answers."""
        self._prepare()
        port = self.url.rpartition(":")[2] or "0"
        with (self.home / "service.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "serve", "--port", port, *self.options], stdout=log, stderr=log, env=self._variables()
            )
        deadline = time.monotonic() + START_LIMIT
        while not (found := re.search(r" is at (https?://\S+)", self.log)) or not self._answers(found[1]):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the service did not start:\n{self.log}")
            time.sleep(0.05)
        self.url = found[1]

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

    def stop(self) -> None:
        """Stop it as an administrator would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()
        self.process.wait(30)

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "announce.toml").write_text(self.config, encoding="utf-8")

    def _variables(self) -> dict[str, str]:
        own = {"TOMAAT_HOME": str(self.home), "TOMAAT_ANNOUNCE_DATABASE": self.database}
        return os.environ | own | dict(self.environment)

    def _answers(self, url: str) -> bool:
        try:
            return httpx.get(f"{url}/readyz", verify=False).status_code == 200
        except httpx.TransportError:
            return False


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
