"""Watching a job: server-sent events as they arrive in pieces, and when to give up on a stream that breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from tomaat.client.views import ENDED
from tomaat.errors import ConnectionFailed, UntrustedCertificate

QUIET = httpx.Timeout(10.0, read=60.0)
"""A host sends at least a comment every few seconds: a minute of silence is a dead connection."""
PAUSES = (0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0)
"""Seconds before each new try; half a minute in all, in which a host can restart."""


JOB_EVENTS = frozenset({"job", "message"})
"""What an event is called whose data is the job."""


class EventParser:
    """Bytes of a ``text/event-stream`` in, its events out. Comments and other fields are passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._event = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[str, str]]:
        """The name and the data of each event that ``chunk`` completes; one without a name is called ``message``."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
            elif line.startswith(b"event:"):
                self._event = line.removeprefix(b"event:").removeprefix(b" ")
            elif not line:
                if self._data:
                    name = self._event.decode("utf-8", "replace") or "message"
                    yield name, b"\n".join(self._data).decode("utf-8", "replace")
                self._data.clear()
                self._event = b""


class Following:
    """One job that is being watched, over as many connections as it takes.

    :ivar ended: whether its final state was seen.
    :ivar broken: whether the last connection broke, so that the job has to be asked for.
    """

    def __init__(self, url: str) -> None:
        self.ended = False
        self.broken = False
        self._url = url
        self._parser = EventParser()
        self._last: dict[str, Any] | None = None
        self._tries = 0

    def connected(self) -> None:
        """A new stream begins."""
        self._parser = EventParser()
        self.broken = False

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The job, each time that it differs from what was last seen."""
        for name, data in self._parser.feed(chunk):
            if name in JOB_EVENTS:
                yield from self.saw(read_event(data, self._url))

    def saw(self, state: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Take note of the job's state; it comes back if it is news."""
        self._tries = 0
        self.ended = state.get("state") in ENDED
        if state != self._last:
            self._last = state
            yield state

    def pause(self, error: ConnectionFailed | None = None) -> float:
        """Seconds to wait before the next try.

        :param error: what broke the stream; ``None`` if it ended before the job did. Raised after the last try,
            or at once when another server stands in the host's place.
        """
        self.broken = True
        if self._tries >= len(PAUSES) or isinstance(error, UntrustedCertificate):
            raise error or ConnectionFailed(f"{self._url} ends the job's events before the job has ended.")
        self._tries += 1
        return PAUSES[self._tries - 1]


def read_event(data: str, url: str) -> dict[str, Any]:
    """An event's data. Raises :class:`~tomaat.errors.ConnectionFailed` for what is no JSON."""
    try:
        read: dict[str, Any] = json.loads(data)
    except ValueError as error:
        raise ConnectionFailed(f"{url} sends events that are no JSON.") from error
    return read
