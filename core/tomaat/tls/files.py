"""Files that several processes write: whole ones, one writer at a time."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tomaat.errors import ConnectionFailed


class OwnLines:
    """A user's own file of lines, which need not be there, for its owner alone; read anew each time.

    Every method raises :class:`~tomaat.errors.ConnectionFailed` when the file can't be read or written.

    :param what: what it is, for the sentences of errors: ``list of trusted servers``.
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what

    @contextmanager
    def editing(self) -> Iterator[None]:
        """One editor at a time, so that no line is lost."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(self._path.parent):
                yield
        except OSError as error:
            raise ConnectionFailed(f"The {self._what} can't be written: {error.strerror}.") from error

    def read(self) -> list[str]:
        """The lines; none where there is no file."""
        try:
            return self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConnectionFailed(f"The {self._what} can't be read: {reason}.") from error

    def write(self, lines: list[str]) -> None:
        """Put these lines in the place of all; inside :meth:`editing`."""
        replace_file(self._path, "".join(f"{line}\n" for line in lines).encode(), 0o600)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process is in here with this folder. The system drops the lock of a process that dies.

    On Windows, where only clients run, nobody waits: files there are still replaced as a whole.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Write a file, which is there as a whole or not at all, also after a power cut.

    :param mode: who may read it, from its first byte on.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
