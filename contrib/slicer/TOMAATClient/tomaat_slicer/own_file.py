"""Files of lines that TOMAAT's command line and this module share: a person's own, in TOMAAT's data folder."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tomaat_slicer.errors import ConnectionFailed


def data_folder() -> Path:
    """Where TOMAAT's command line keeps what is a person's own: in ``TOMAAT_HOME``, or where data of programs are."""
    home = os.environ.get("TOMAAT_HOME")
    if home:
        return Path(home).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "tomaat"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "tomaat"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tomaat"


class OwnFile:
    """A file that need not exist, and that only its owner can read.

    :param what: what it is, for the sentences of errors.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._what = what

    def lines(self) -> list[str]:
        """What is in it. Raises :class:`ConnectionFailed` where it can't be read."""
        try:
            return self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise ConnectionFailed(f"The {self._what} can't be read.") from error

    def write(self, lines: Sequence[str]) -> None:
        """Put these lines in the place of all. Raises :class:`ConnectionFailed` where it can't be written."""
        try:
            self._replace("".join(f"{line}\n" for line in lines))
        except OSError as error:
            raise ConnectionFailed(f"The {self._what} can't be written: {error.strerror}.") from error

    def _replace(self, text: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Another program may read it at this moment: it sees the old file or the new one.
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}-")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self.path)
        except BaseException:
            os.unlink(name)
            raise
