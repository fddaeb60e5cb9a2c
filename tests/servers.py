"""What a test needs to know of a server that it has started: its log, where it is, how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

START_LIMIT = 60.0


class RunningServer:
    """A server in a process of its own. It says in its log where it is, and answers ``/readyz``.

    :ivar url: where it is, without a slash at the end; empty before it has answered once.
    """

    url: str
    process: subprocess.Popen[bytes]

    @property
    def log_file(self) -> Path:
        """Where it writes what it has to say."""
        raise NotImplementedError

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def fingerprint(self) -> str:
        """The fingerprint of its certificate, as it prints it; of a server with TLS."""
        return re.findall(r"SHA-256 fingerprint is (\S+)", self.log)[-1]

    @property
    def port(self) -> str:
        """The port that it had when it ran before; any free one if it did not."""
        return self.url.rpartition(":")[2] or "0"

    def launch(self, command: Sequence[str], environment: Mapping[str, str], **options: Any) -> None:
        """Start it, and wait for nothing."""
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, **options)

    def addresses(self, count: int = 1) -> list[str]:
        """Where its servers are, once all of them answer; nearly always it is one."""
        deadline = time.monotonic() + START_LIMIT
        is_at = r"(?:TOMAAT|the announcement service) is at (https?://[^\s\"]+)"
        while len(found := re.findall(is_at, self.log)) < count or not all(map(_answers, found)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log}")
            time.sleep(0.05)
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


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", verify=False).status_code == 200
    except httpx.TransportError:
        return False
