"""What the service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from tomaat.errors import InternalError, TomaatError
from tomaat_announce.checking import Outcome
from tomaat_announce.tables import STATES

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counts of one service, in a registry of its own. No label holds a key, a name or an address.

    :ivar database_errors: calls that failed because the database was away or its disk full.
    :ivar discoveries: requests for the list, by the route that was asked.
    :ivar requests: seconds from a request's head to the end of its answer, by route.
    """

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self._endpoints = Gauge("tomaat_announce_endpoints", "Endpoints listed", ["state"], registry=registry)
        self._listeners = Gauge("tomaat_announce_event_listeners", "Clients that listen to events", registry=registry)
        self._announcements = Counter(
            "tomaat_announce_announcements", "Announcements, by what became of them", ["outcome"], registry=registry
        )
        self._checks = Counter(
            "tomaat_announce_checks", "Checks of endpoints, by what was found", ["outcome"], registry=registry
        )
        self.discoveries = Counter("tomaat_announce_discoveries", "Requests for the list", ["route"], registry=registry)
        self.requests = Histogram(
            "tomaat_announce_request_seconds",
            "Seconds from a request to the end of its answer",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=registry,
        )
        self.database_errors = Counter(
            "tomaat_announce_database_errors", "Calls that the database could not serve", registry=registry
        )
        for outcome in Outcome:
            self._checks.labels(outcome)  # a count that is there from the start can be seen to rise
        for done in ("accepted", "renewed"):
            self._announcements.labels(done)
        for route in ("discover", "v1", "page"):
            self.discoveries.labels(route)

    def checked(self, outcome: Outcome) -> None:
        """Count a check."""
        self._checks.labels(outcome).inc()

    def announced(self, outcome: str) -> None:
        """Count an announcement: ``accepted``, ``renewed`` or the code of the error that refused it."""
        self._announcements.labels(outcome).inc()

    @contextmanager
    def announcing(self, done: str) -> Iterator[None]:
        """Count what happens inside as an announcement: as ``done``, or by the code of the error that ends it."""
        try:
            yield
        except Exception as error:
            self.announced(error.code if isinstance(error, TomaatError) else InternalError.code)
            raise
        self.announced(done)

    def show(self, states: Mapping[str, int] | None, listeners: int) -> bytes:
        """All counts, in Prometheus's text format.

        :param states: endpoints listed by state; ``None`` when that can't be said now.
        """
        self._endpoints.clear()
        for state in STATES if states is not None else ():
            self._endpoints.labels(state).set((states or {}).get(state, 0))
        self._listeners.set(listeners)
        return generate_latest(self._registry)
