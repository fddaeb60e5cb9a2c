"""What a call costs when the app costs nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from measuring import Figure, benchmark, median, processor_seconds, quantile
from serving import peers_python, running_host, running_peer
from wire import Connection, Piece, expect, form, post

CALLS, WARM_UP = 300, 50
"""In a round: each server has its turn in each round, so that all of them see the same machine."""
SETTLE = 0.2
"""Seconds without work after which a server is taken to have ended what it does behind its answers."""
IDLE = 0.1
"""Of a processor: what an idle server may use in that time, as a fraction."""
SETTLED = 60.0
"""Seconds that this may take."""
CONFIG = """
[apps.bench-text]
queue_limit = 100000
"""

Request = Callable[[int], list[Piece]]
"""Makes the request for a number, so that no two in a row are the same."""


@dataclass
class Subject:
    """A server and one way to call it."""

    url: str
    pid: int
    request: Request
    status: int = 200
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def calls(self, count: int) -> list[float]:
        """Call it so often over one connection; the seconds of each call.

        A new connection each time: some servers hang up after a few seconds without a call.
        """
        seconds = []
        with Connection(self.url) as connection:
            for number in range(count):
                request = self.request(number % 10)
                begun = time.perf_counter()
                answer = connection.ask(*request)
                seconds.append(time.perf_counter() - begun)
                expect(answer, self.status)
        return seconds

    def round(self) -> None:
        """Measure :data:`CALLS` calls."""
        before = processor_seconds(self.pid)
        self.seconds += self.calls(CALLS)
        settle(self.pid)
        self.processor.append((processor_seconds(self.pid) - before) / CALLS)


def settle(pid: int) -> None:
    """Wait until a server does nothing: accepted jobs run on after their round, and are not to weigh on the next."""
    deadline = time.monotonic() + SETTLED
    before = processor_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(SETTLE)
        after = processor_seconds(pid)
        if after - before <= IDLE * SETTLE:
            return
        before = after
    raise RuntimeError(f"a server is still busy after {SETTLED} s")


@benchmark(repetitions=5)
def main(repetitions: int) -> list[Figure]:
    """A text-only app, warm, over one keep-alive connection: latency, and processor time over the whole process tree.

    The same client and the same function beside LitServe (one worker) and in a bare Sanic handler.
    """
    with ExitStack() as stack:
        subjects = _ours(stack) | _peers(stack)
        for subject in subjects.values():
            subject.calls(WARM_UP)
            settle(subject.pid)
        for _ in range(repetitions):
            for subject in subjects.values():
                subject.round()
    return _figures(subjects)


def _ours(stack: ExitStack) -> dict[str, Subject]:
    host = stack.enter_context(running_host(CONFIG))
    app = "/v1/apps/bench-text"

    def subject(request: Request, status: int = 200) -> Subject:
        return Subject(host.url, host.process.pid, request, status)

    return {
        "text call, v1": subject(lambda n: form(f"{app}/predict", {"number": str(n)}, accept="text/plain")),
        # Its job and its results are kept for a later GET
        "text call, v1, job as JSON": subject(
            lambda n: form(f"{app}/predict", {"number": str(n)}, accept="application/json")
        ),
        "text call, old protocol": subject(lambda n: form("/bench-text/predict", {"number": str(n)})),
        # Nobody waits for its end: the 202 says that it is on disk, synced, and outlives a power cut
        "durable job accepted (202)": subject(lambda n: form(f"{app}/jobs", {"number": str(n)}), 202),
    }


def _peers(stack: ExitStack) -> dict[str, Subject]:
    def subject(name: str, ready: str, request: Request, python: str | None = None) -> Subject:
        peer = stack.enter_context(running_peer(name, ready, *([python] if python else [])))
        return Subject(peer.url, peer.pid, request)

    found = {"Sanic": subject("sanic_bare", "/healthz", lambda n: form("/predict", {"number": str(n)}))}
    python = peers_python()
    if python is None:
        return found

    def request(number: int) -> list[Piece]:
        return post("/predict", "application/json", b'{"number": %d}' % number)

    return {"LitServe": subject("litserve_text", "/health", request, python)} | found


def _figures(subjects: dict[str, Subject]) -> list[Figure]:
    figures = []
    peers = [name for name in ("LitServe", "Sanic") if name in subjects]
    for name, subject in subjects.items():
        if name in peers:
            continue
        answered = subject.status == 200
        for number, peer in enumerate(peers if answered else [""]):
            beside = subjects.get(peer)
            limits = (0.005, 0.003) if answered and number == 0 else (None, None)
            figures += _pair(name, subject, peer, beside, limits)
    return figures


def _pair(
    name: str, subject: Subject, peer: str, beside: Subject | None, limits: tuple[float, float] | tuple[None, None]
) -> list[Figure]:
    def milliseconds(what: str, measure: Callable[[Subject], float], limit: float | None) -> Figure:
        other = measure(beside) * 1000 if beside else None
        most = limit * 1000 if limit else None
        return Figure(f"{name}: {what}", measure(subject) * 1000, "ms", peer, other, most)

    return [
        milliseconds("p50", lambda one: median(one.seconds), limits[0]),
        milliseconds("p95", lambda one: quantile(one.seconds, 0.95), None),
        milliseconds("processor time", lambda one: median(one.processor), limits[1]),
    ]


if __name__ == "__main__":
    main()
