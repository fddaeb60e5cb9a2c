"""The executor itself, without a host around it, and apps that do what files beside them say."""

from __future__ import annotations

import socket
import time
from collections.abc import Coroutine
from itertools import count
from pathlib import Path
from typing import Any

from tomaat.workers.executor import Outcome
from tomaat.workers.pool import Pool
from tomaat.workers.work import Received, Work

APPS = '''
import os
import time
from pathlib import Path
from tomaat import App, PlainText, Slider, hookimpl

FOLDER = Path(__file__).parent


class Counted(App):
    """Does what the files beside it say: whether it can be loaded, and how."""

    name = "counted"
    holds_device = False
    inputs = [Slider("seconds", minimum=0, maximum=60, default=0)]
    outputs = [PlainText("answer")]

    def load(self, context):
        (FOLDER / f"loads-{self.name}").open("a").write(f"{os.getpid()}\\n")
        how = (FOLDER / "how").read_text() if (FOLDER / "how").exists() else ""
        if how == "die":
            os._exit(1)
        if how == "raise":
            raise RuntimeError("no weights here")
        if how.startswith("sleep"):
            time.sleep(float(how.split()[1]))

    def infer(self, data, context):
        end = time.monotonic() + data["seconds"]
        while time.monotonic() < end:
            context.progress(0.5, "computing")
            time.sleep(0.01)
        return {"answer": str(os.getpid())}


class Holds(Counted):
    name = "holds"
    holds_device = True


class Deaf(Counted):
    name = "deaf"

    def infer(self, data, context):
        time.sleep(data["seconds"])
        return {"answer": str(os.getpid())}


class Threaded(Counted):
    name = "threaded"
    concurrency = 3


@hookimpl
def tomaat_apps(register):
    for app in (Counted, Holds, Deaf, Threaded):
        register(app)
'''


def hang(line: socket.socket) -> None:
    """What a process does that hears nothing, not even that its line is closed."""
    time.sleep(300)


class Bench:
    """A pool, and what a test asks of it.

    :ivar folder: where the apps' code is, and the files that say how they behave.
    """

    def __init__(self, pool: Pool, folder: Path, jobs: Path) -> None:
        self.pool, self.folder, self._jobs = pool, folder, jobs
        self._numbers = count(1)

    @property
    def loads(self) -> list[int]:
        """The processes in which the app ``counted`` was loaded, in order."""
        file = self.folder / "loads-counted"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def how(self, how: str) -> None:
        """How the app loads from now on."""
        (self.folder / "how").write_text(how, encoding="utf-8")

    def run(self, app: str = "counted", seconds: float = 0.0, device: str = "") -> Coroutine[Any, Any, Outcome]:
        """Have a job done."""
        return self.started(app, seconds, device)[1]

    def started(
        self, app: str = "counted", seconds: float = 0.0, device: str = ""
    ) -> tuple[str, Coroutine[Any, Any, Outcome]]:
        """A job's id, and the job."""
        job = str(next(self._numbers))
        work = Work(job, app, self._jobs / job, {"seconds": Received(str(seconds))}, device=device)
        work.folder.mkdir()
        return job, self.pool.run(work, lambda fraction, message: None)

    async def pid(self, app: str = "counted", seconds: float = 0.0, device: str = "") -> int:
        """The process that a job was done by."""
        return int((await self.run(app, seconds, device)).results[0].value)
