"""How many calls a second a host serves when many clients call at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from measuring import Figure, benchmark, median, processor_seconds, quantile
from platform_cost import settle
from serving import peers_python, running_host, running_peer
from wire import Connection, Piece, expect, form, post

CONNECTIONS = 16
ROUND = 4.0
"""Seconds of a round: each server has its turn in each, so that all of them see the same machine."""
WARM_UP = 1.0
CONFIG = """
[apps.bench-text]
queue_limit = 100000
"""

Request = Callable[[int], list[Piece]]


@dataclass
class Saturated:
    """A server, and what came of its rounds.

    :ivar rates: calls a second of each round.
    :ivar seconds: of each call.
    :ivar processor: seconds of processor time for each call, over the whole process tree, by round.
    """

    url: str
    pid: int
    request: Request
    status: int = 200
    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        """Call it over all connections for so long."""
        begun, used = time.perf_counter(), processor_seconds(self.pid)
        end = begun + seconds
        each: list[list[float]] = [[] for _ in range(CONNECTIONS)]
        failed: list[BaseException] = []

        def call(mine: list[float]) -> None:
            try:
                self._calls(end, mine)
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=call, args=(mine,)) for mine in each]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        found = [one for mine in each for one in mine]
        self.rates.append(len(found) / (time.perf_counter() - begun))
        settle(self.pid)
        self.processor.append((processor_seconds(self.pid) - used) / len(found))
        self.seconds += found

    def _calls(self, end: float, mine: list[float]) -> None:
        with Connection(self.url) as connection:
            number = 0
            while (begun := time.perf_counter()) < end:
                answer = connection.ask(*self.request(number % 10))
                mine.append(time.perf_counter() - begun)
                expect(answer, self.status)
                number += 1


@benchmark(repetitions=5)
def main(repetitions: int) -> list[Figure]:
    """A text-only app, warm, over 16 connections that never wait: calls a second, beside LitServe.

    Each of ours is a job in the database, committed before it is answered; one worker on either side.
    """
    with ExitStack() as stack:
        subjects = _subjects(stack)
        for subject in subjects.values():
            subject.round(WARM_UP)
            for measured in (subject.rates, subject.seconds, subject.processor):
                measured.clear()
        for _ in range(repetitions):
            for subject in subjects.values():
                subject.round(ROUND)
    return _figures(subjects)


def _subjects(stack: ExitStack) -> dict[str, Saturated]:
    host = stack.enter_context(running_host(CONFIG))
    path = "/v1/apps/bench-text"
    found = {
        "v1": Saturated(
            host.url,
            host.process.pid,
            lambda number: form(f"{path}/predict", {"number": str(number)}, accept="text/plain"),
        ),
        "v1, job as JSON": Saturated(
            host.url,
            host.process.pid,
            lambda number: form(f"{path}/predict", {"number": str(number)}, accept="application/json"),
        ),
    }
    python = peers_python()
    if python is not None:
        peer = stack.enter_context(running_peer("litserve_text", "/health", python))
        found["LitServe"] = Saturated(
            peer.url,
            peer.pid,
            lambda number: post("/predict", "application/json", b'{"number": %d}' % number),
        )
    return found


def _figures(subjects: dict[str, Saturated]) -> list[Figure]:
    peer = subjects.get("LitServe")
    return [
        figure for name, subject in subjects.items() if subject is not peer for figure in _beside(name, subject, peer)
    ]


def _beside(name: str, subject: Saturated, peer: Saturated | None) -> list[Figure]:
    """Seconds for each call, so that less is better as in all other figures, and calls a second."""

    def figure(kind: str, measure: Callable[[Saturated], float], most: float | None = None) -> Figure:
        theirs = measure(peer) * 1e3 if peer else None
        return Figure(f"{what}: {kind}", measure(subject) * 1e3, "ms", "LitServe", theirs, most=most)

    what = f"{CONNECTIONS} connections, {name}"
    rate = median(peer.rates) if peer else None
    return [
        figure("time for each call", lambda one: 1 / median(one.rates), most=2.0 if name == "v1" else None),
        figure("p50", lambda one: median(one.seconds)),
        figure("p99", lambda one: quantile(one.seconds, 0.99)),
        figure("processor time of each", lambda one: median(one.processor)),
        Figure(f"{what}: calls a second", median(subject.rates), "", "LitServe", rate),
    ]


if __name__ == "__main__":
    main()
