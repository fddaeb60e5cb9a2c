"""What the pages show of an endpoint, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from tomaat_announce.shapes import rfc3339
from tomaat_announce.tables import ALIVE, UNREACHABLE

SPANS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"))
PREDICT, INTERFACE = "/predict", "/interface"


@dataclass(frozen=True)
class Moment:
    """A time, for programs and for people."""

    iso: str
    text: str


@dataclass(frozen=True)
class Shown:
    """An endpoint's row, as people read it.

    :ivar href: its own page.
    :ivar registry: the URL of the service.
    """

    row: Row[Any]
    now: float
    href: str
    registry: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def host(self) -> str:
        """Where images would go."""
        return urlsplit(str(self.row.prediction_url)).netloc

    @property
    def base(self) -> str:
        """The address that TOMAAT-Slicer makes both URLs of; empty where it can't."""
        base = str(self.row.prediction_url).removesuffix(PREDICT)
        made = (base + PREDICT, base + INTERFACE)
        return base if made == (self.row.prediction_url, self.row.interface_url) else ""

    @property
    def command(self) -> str:
        """How to call it from a shell; empty for a service of the first TOMAAT, whose apps have no names."""
        app = urlsplit(self.row.prediction_url).path.removesuffix(PREDICT).strip("/")
        if not app or not self.base:
            return ""
        return f"tomaat predict {self.row.sid} --registry {self.registry} -i NAME=FILE"

    @property
    def interface_link(self) -> str:
        """The interface's URL, if it may be a link."""
        return _link(self.row.interface_url)

    @property
    def page_link(self) -> str:
        """The URL of its page on the host, if there is one and it may be a link."""
        return _link(self.row.page_url)

    @property
    def state_text(self) -> str:
        """The state in words, with how long it has been so where that is of use."""
        if self.row.state == UNREACHABLE:
            return f"unreachable for {span(self.now - self.row.state_since)}"
        return "alive" if self.row.state == ALIVE else "not checked"

    @property
    def announced(self) -> Moment:
        """When it was last announced."""
        return self._moment(self.row.announced)

    @property
    def first_seen(self) -> Moment:
        """When it first came."""
        return self._moment(self.row.first_seen)

    @property
    def last_seen(self) -> Moment:
        """When it was last announced, or answered a check."""
        return self._moment(self.row.last_seen)

    def _moment(self, seconds: float) -> Moment:
        return Moment(rfc3339(seconds), f"{span(self.now - seconds)} ago")


def _link(url: str) -> str:
    return url if urlsplit(url).scheme in ("http", "https") else ""


def span(seconds: float) -> str:
    """A time that has passed, as one says it: ``3 hours``."""
    for length, name in SPANS:
        if seconds >= length:
            number = int(seconds / length)
            return f"{number:,} {name}{'s' if number > 1 else ''}"
    return "less than a minute"
