"""The keys that this user has, each for one host: a file with a line ``URL key`` for each."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from tomaat.errors import NotFound
from tomaat.settings.table import default_home
from tomaat.tls.files import OwnLines

HEAD = "# Keys of hosts, one for each. `tomaat login` and `tomaat logout` edit this; show it to nobody."
PORTS = {"http": 80, "https": 443}


def logins() -> Logins:
    """This user's keys: ``logins`` in the data folder."""
    home = default_home(Path(os.environ.get("TOMAAT_HOME", "")))
    return Logins(home.expanduser() / "logins")


def origin_of(url: str) -> str:
    """What a host is called in the file: scheme, name and port, so that a key for HTTPS is never sent without it."""
    parsed = httpx.URL(url)
    name = f"[{parsed.host}]" if ":" in parsed.host else parsed.host
    return f"{parsed.scheme}://{name}:{parsed.port or PORTS.get(parsed.scheme, 0)}".lower()


class Logins:
    """The file at ``path``, for its owner alone; read anew each time, and it need not be there.

    Every method raises :class:`~tomaat.errors.ConnectionFailed` when the file can't be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._lines = OwnLines(path, "list of keys")

    def key(self, url: str) -> str | None:
        """The key for the host at ``url``, or ``None`` if there is none."""
        origin = origin_of(url)
        return next((line.split()[1] for line in self._lines.read() if _is_for(line, origin)), None)

    def add(self, url: str, key: str) -> None:
        """Keep a key for a host, and no longer the one before it."""
        origin = origin_of(url)
        with self._lines.editing():
            lines = self._lines.read() or [HEAD]
            self._lines.write([*(line for line in lines if not _is_for(line, origin)), f"{origin} {key}"])

    def remove(self, url: str) -> None:
        """Forget a host's key. Raises :class:`~tomaat.errors.NotFound` if there is none."""
        origin = origin_of(url)
        with self._lines.editing():
            lines = self._lines.read()
            kept = [line for line in lines if not _is_for(line, origin)]
            if kept == lines:
                raise NotFound(f"There is no key for {origin}; `tomaat login {origin}` keeps one.")
            self._lines.write(kept)


def _is_for(line: str, origin: str) -> bool:
    return line.split()[:1] == [origin] and len(line.split()) == 2
