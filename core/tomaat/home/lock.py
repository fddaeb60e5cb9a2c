"""One host for each data folder: a lock that the system drops when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson

from tomaat.errors import SettingsError

FILE = "lock"


@dataclass
class HomeLock:
    """A data folder that this process holds, until :meth:`release` or its end.

    The file stays where it is, with the words of who held it last: removing it could let two in.
    """

    descriptor: int
    _said: dict[str, str | int] = field(default_factory=dict)

    @classmethod
    def take(cls, home: Path) -> HomeLock:
        """Hold the data folder. Raises :class:`SettingsError`, which says who does already."""
        try:
            # Not inherited by what is started from here, so that no worker that is left holds it.
            descriptor = os.open(home / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SettingsError(f"The data folder {home} can't be locked: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read(descriptor)
            os.close(descriptor)
            raise SettingsError(
                f"The data folder {home} is held by another host: {_sentence(holder)}. Stop it first, or give this one "
                "a folder of its own with --home."
            ) from None
        except OSError as error:
            os.close(descriptor)
            raise SettingsError(
                f"The data folder {home} can't be locked: {error.strerror}. Its file system must know locks (flock)."
            ) from error
        lock = cls(descriptor)
        since = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        lock.tell(pid=os.getpid(), machine=socket.gethostname(), since=since)
        return lock

    def tell(self, **said: str | int) -> None:
        """Write down more of who holds it: for a person, and for whoever is refused."""
        self._said |= said
        content = orjson.dumps(self._said) + b"\n"
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, content, 0)

    def release(self) -> None:
        """Let the next one in."""
        os.close(self.descriptor)


def _read(descriptor: int) -> Mapping[str, object]:
    try:
        holder = orjson.loads(os.pread(descriptor, 4096, 0))
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _sentence(holder: Mapping[str, object]) -> str:
    """Who holds it, as far as it has said so."""
    said = {
        "process {}": holder.get("pid"),
        "on {}": holder.get("machine"),
        "at {}": holder.get("address"),
        "since {}": holder.get("since"),
    }
    return " ".join(words.format(value) for words, value in said.items() if value) or "it has not said which"
