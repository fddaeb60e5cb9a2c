"""A job's log, as it comes with the job's events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from tomaat.client.events import JOB_EVENTS, EventParser, read_event
from tomaat.client.views import ENDED


@dataclass(frozen=True)
class LogLine:
    """One line of a job's log.

    :ivar time: RFC 3339; ``None`` for what a library wrote past Python.
    :ivar level: ``info``, ``warning``, ...; ``raw`` for the same.
    """

    time: str | None
    level: str
    message: str

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        time = json.get("time")
        return cls(None if time is None else str(time), str(json["level"]), str(json["message"]))

    def __str__(self) -> str:
        return f"{self.time} {self.level.upper()} {self.message}" if self.time else self.message


class FollowingLog:
    """A log that is being read from its job's events.

    :ivar ended: whether the job has.
    """

    def __init__(self, url: str) -> None:
        self.ended = False
        self._url = url
        self._parser = EventParser()

    def feed(self, chunk: bytes) -> Iterator[LogLine]:
        """The lines that ``chunk`` completes."""
        for name, data in self._parser.feed(chunk):
            read = read_event(data, self._url)
            if name == "log":
                yield LogLine.from_json(read)
            elif name in JOB_EVENTS:
                self.ended = read.get("state") in ENDED
