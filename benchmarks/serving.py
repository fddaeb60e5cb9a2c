"""Start what is measured: a real host with the benchmarks' apps, and what stands beside it; each on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from wire import Connection, expect, get

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))  # the tests' way to start a server and to install a plugin is ours too
from hosts import RunningHost, install  # noqa: E402
from services import RunningService  # noqa: E402

START_LIMIT = 60.0
LOG_SHOWN = 4000
"""Characters of a host's log that are shown when it did not do what it was asked."""
PEERS_PYTHON = "BENCHMARKS_PEERS_PYTHON"


@dataclass(frozen=True)
class Peer:
    """A server that stands beside ours."""

    url: str
    pid: int


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tomaat-benchmark-") as folder:
        yield Path(folder)


@contextmanager
def running_host(config: str = "") -> Iterator[RunningHost]:
    """A host with the installed plugins and the benchmarks' own apps, and an empty data folder."""
    with scratch() as folder, ExitStack() as ending:
        for source in (HERE / "apps").glob("*.py"):
            install(folder / "plugins", source.stem, source.read_text(encoding="utf-8"))
        host = RunningHost(home=folder / "home", path=folder / "plugins", config=config)
        ending.callback(_stop, host)
        host.start()
        try:
            yield host
        except RuntimeError:
            click.echo(host.log[-LOG_SHOWN:], err=True)
            raise


def _stop(host: RunningHost) -> None:
    try:
        host.stop()
    except subprocess.TimeoutExpired:
        host.kill()


@contextmanager
def running_service(config: str, prepare: Callable[[RunningService], None]) -> Iterator[RunningService]:
    """An announcement service on SQLite, with an empty data folder in which ``prepare`` may put something first."""
    with scratch() as folder, ExitStack() as ending:
        service = RunningService(home=folder / "home", config=config)
        prepare(service)
        ending.callback(service.stop)
        service.start()
        yield service


@contextmanager
def running_peer(name: str, ready: str, python: str = sys.executable, arguments: Sequence[str] = ()) -> Iterator[Peer]:
    """``peers/NAME.py`` on a free port, which is its first argument; then come ``arguments``.

    :param ready: a path that answers with status 200 once it is ready.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with scratch() as folder:
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, str(HERE / "peers" / f"{name}.py"), str(port), *arguments],
                stdout=output,
                stderr=output,
                cwd=folder,
                env=os.environ | {"TMPDIR": str(folder)},
                start_new_session=True,
            )
        peer = Peer(f"http://127.0.0.1:{port}", process.pid)
        try:
            _wait(process, peer, ready, log)
            yield peer
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and what it has started
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], peer: Peer, ready: str, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError, RuntimeError), Connection(peer.url) as connection:
            expect(connection.ask(get(ready)))
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')}")


def peers_python() -> str | None:
    """The Python that has ``requirements.txt`` installed, if there is one."""
    python = os.environ.get(PEERS_PYTHON) or str(HERE / ".venv" / "bin" / "python")
    with suppress(OSError):
        if subprocess.run([python, "-c", "import litserve, klein"], capture_output=True).returncode == 0:
            return python
    where = f"benchmarks/README.md says how to install what stands beside us; or set {PEERS_PYTHON}"
    click.echo(f"LitServe and Klein are left out: {where}.", err=True)
    return None
