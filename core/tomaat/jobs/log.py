"""The log of a job, as it is read while its worker writes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from tomaat.jobs.job import rfc3339
from tomaat.workers.job_log import FILE, FULL, MOST


@dataclass(frozen=True)
class LogLine:
    """One line.

    :ivar time: RFC 3339; ``None`` for what a library wrote past Python.
    :ivar level: ``debug``, ``info``, ``warning``, ``error``, ``critical``; ``raw`` for the same.
    """

    time: str | None
    level: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self) -> str:
        """The line for people; a message of several lines is indented from the second one on."""
        message = self.message.replace("\n", "\n    ")
        return f"{self.time} {self.level.upper()} {message}" if self.time else message


class LogReader:
    """Reads a job's log from where it stopped reading."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._offset = 0

    def more(self, *, ended: bool = False) -> list[LogLine]:
        """The lines that have come since. At most a mebibyte of them over all calls.

        :param ended: whether no more will come: then a last line without a line break is one, too.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                content = file.read(max(MOST - self._offset, 0))
        except FileNotFoundError:
            return []
        if self._offset + len(content) < MOST and not ended:
            content = content[: content.rfind(b"\n") + 1]
        self._offset += len(content)
        lines = [_line(line) for line in content.splitlines() if line]
        if content and self._offset >= MOST and (not lines or lines[-1].message != FULL):
            lines.append(LogLine(None, "raw", FULL))
        return lines


def _line(line: bytes) -> LogLine:
    try:
        known = orjson.loads(line)
        return LogLine(rfc3339(float(known["time"])), str(known["level"]), str(known["message"]))
    except (ValueError, TypeError, KeyError, OverflowError):
        return LogLine(None, "raw", line.decode("utf-8", "backslashreplace"))
