"""Announcing at what is no announcement service, or one in trouble. The host goes on, and stops in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from calls import soon
from old_registry import respond, serve
from tomaat.announcing.announcing import GRACE, Announcing
from tomaat.errors import ConnectionFailed, Forbidden, TomaatError, TooManyRequests, TryLater

Announce = Callable[..., Announcing]
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]
FORBIDDEN = b'{"code": "forbidden", "detail": "The key has as many endpoints as it may."}'
LATER = b'{"code": "too_many_requests", "detail": "Not so fast."}'
PROBLEM = "application/problem+json"


@pytest.fixture
def answering() -> Iterator[Callable[[Answer], str]]:
    """Start a web server that answers so; its URL."""
    servers = []

    def start(answer: Answer) -> str:
        servers.append(serve(answer))
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "content_type", "body", "error", "words"),
    [
        (200, "text/html", b"<h1>It works!</h1>", ConnectionFailed, "no announcement service"),
        (200, "application/json", b"[]", ConnectionFailed, "no announcement service"),
        (201, "application/json", b'{"sid": "a", "announced": "x", "expires": 3}', ConnectionFailed, "no announcement"),
        (201, "application/json", b'"' + b"x" * 2**21 + b'"', ConnectionFailed, "no announcement service"),
        (301, "text/html", b"", ConnectionFailed, "no announcement service"),
        (404, "text/html", b"", ConnectionFailed, "no announcement service"),
        (404, PROBLEM, b'{"code": "not_found", "detail": "?"}', ConnectionFailed, "no announcement service"),
        (502, "text/html", b"bad gateway", ConnectionFailed, "502 Bad Gateway"),
        (403, PROBLEM, FORBIDDEN, Forbidden, "as many endpoints as it may"),
    ],
)
async def test_what_is_wrong_is_said(
    announce: Announce,
    answering: Callable[[Answer], str],
    status: int,
    content_type: str,
    body: bytes,
    error: type[TomaatError],
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    announcing = announce(answering(lambda request, _: respond(request, status, body, content_type)), "secret")
    problem = await soon(lambda: announcing.listings[0].problem)
    assert type(problem) is error
    assert words in problem.detail
    assert words in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("status", "content_type", "error"), [(429, PROBLEM, TooManyRequests), (503, "text/html", TryLater)]
)
async def test_it_comes_again_when_it_is_told_to(
    announce: Announce, answering: Callable[[Answer], str], status: int, content_type: str, error: type[TomaatError]
) -> None:
    asked: list[float] = []

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append(time.monotonic())
        respond(request, status, LATER, content_type, Retry_After="2")

    announcing = announce(answering(answer), "k")
    await soon(lambda: len(asked) == 2)
    assert asked[1] - asked[0] >= 2
    assert type(announcing.listings[0].problem) is error


async def test_one_service_is_not_asked_too_much_at_once(
    announce: Announce, answering: Callable[[Answer], str]
) -> None:
    release, inside, most = threading.Event(), threading.Semaphore(0), []
    lock = threading.Lock()
    now = 0

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        nonlocal now
        with lock:
            now += 1
            most.append(now)
        if len(most) > 1:  # the first app goes ahead
            inside.release()
            release.wait(10)
        with lock:
            now -= 1
        respond(request, 503, LATER, PROBLEM)

    announcing = announce(answering(answer), "k", tuple(f"app-{number}" for number in range(12)))
    await soon(lambda: now == 4)
    release.set()
    await soon(lambda: all(listing.problem for listing in announcing.listings))
    assert max(most) == 4


async def test_a_service_that_never_answers_holds_nothing_up(
    announce: Announce, answering: Callable[[Answer], str]
) -> None:
    release, asked = threading.Event(), threading.Event()

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.set()
        release.wait(30)

    announcing = announce(answering(answer), "k", ("one", "two"))
    await soon(asked.is_set)
    begun = time.monotonic()
    await announcing.stop()
    assert time.monotonic() - begun < GRACE + 1
    release.set()
