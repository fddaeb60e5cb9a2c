"""One check: what is alive, and how little harm the others do."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from odd_endpoints import (
    INTERFACE,
    Behave,
    answering,
    drips,
    drips_its_head,
    hangs_up,
    never_answers,
    pours,
    pours_headers,
    speaks_otherwise,
    standing,
)
from tomaat.tls.own import own_certificate
from tomaat.tls.server import server_context
from tomaat_announce.addresses import Resolver
from tomaat_announce.checking import LONGEST, Checker, Outcome

CHUNKED = "Transfer-Encoding: chunked\r\n"


@pytest.fixture
def checker() -> Checker:
    return Checker(Resolver(), private=True, timeout=5)


@pytest.fixture
def hasty() -> Checker:
    return Checker(Resolver(), private=True, timeout=0.5)


@pytest.mark.parametrize(
    "behave",
    [
        answering(),
        answering(b"[]"),
        answering(b"2c\r\n" + INTERFACE + b"\r\n0\r\n\r\n", headers=CHUNKED),
        answering(b"[" + b" " * (LONGEST - 2) + b"]"),
    ],
    ids=["an interface", "an empty one", "in chunks", "as long as it may be"],
)
async def test_who_answers_with_an_interface_is_alive(checker: Checker, behave: Behave) -> None:
    async with standing(behave) as url:
        assert await checker.check(f"{url}/interface") is Outcome.ALIVE


@pytest.mark.parametrize(
    "behave",
    [
        answering(status="500 Internal Server Error"),
        answering(status="404 Not Found"),
        answering(status="204 No Content", body=b""),
        answering(b""),
        answering(b"<html>parked</html>"),
        answering(b'{"error": "no such app"}'),
        answering(b"[" * 100_000 + b"]" * 100_000),
        answering(b"[1, 2"),
        answering(b"[" + b" " * LONGEST + b"]"),
        answering(b"zz\r\n", headers=CHUNKED),
        pours,
        pours_headers,
    ],
    ids=[
        "500", "404", "204", "nothing", "html", "an object", "nested", "cut", "too long", "no chunks",
        "an endless body", "endless headers",
    ],
)  # fmt: skip
async def test_who_answers_with_something_else_is_not(checker: Checker, behave: Behave) -> None:
    async with standing(behave) as url:
        assert await checker.check(f"{url}/interface") is Outcome.NO_INTERFACE


@pytest.mark.parametrize("behave", [never_answers, drips, drips_its_head])
async def test_who_takes_too_long_is_left(hasty: Checker, behave: Behave) -> None:
    async with standing(behave) as url:
        began = time.monotonic()
        assert await hasty.check(f"{url}/interface") is Outcome.TIMEOUT
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("behave", [hangs_up, speaks_otherwise])
async def test_who_hangs_up_did_not_answer(checker: Checker, behave: Behave) -> None:
    async with standing(behave) as url:
        assert await checker.check(f"{url}/interface") is Outcome.NO_ANSWER


async def test_who_hangs_up_in_the_middle_sent_no_interface(checker: Checker) -> None:
    async with standing(answering(INTERFACE, headers="Content-Length: 1000\r\n")) as url:
        assert await checker.check(f"{url}/interface") is Outcome.NO_INTERFACE


async def test_a_closed_port_does_not_answer(checker: Checker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await checker.check(f"http://127.0.0.1:{port}/interface") is Outcome.NO_ANSWER


async def test_a_redirect_is_not_followed(checker: Checker) -> None:
    asked: list[bytes] = []
    async with standing(answering(asked=asked)) as there:
        moved = answering(status="302 Found", headers=f"Location: {there}/interface\r\n", body=b"[]")
        async with standing(moved) as url:
            assert await checker.check(f"{url}/interface") is Outcome.NO_INTERFACE
    assert asked == []


async def test_a_self_signed_certificate_will_do(checker: Checker, tmp_path: Path) -> None:
    certificate = own_certificate(tmp_path / "certificate.pem", tmp_path / "key.pem", ["elsewhere.example"])
    async with standing(answering(), server_context(certificate)) as url:
        assert await checker.check(f"{url}/interface") is Outcome.ALIVE
        plain = url.replace("https", "http")
        assert await checker.check(f"{plain}/interface") in (Outcome.NO_ANSWER, Outcome.NO_INTERFACE)


async def test_https_where_there_is_none_does_not_answer(checker: Checker) -> None:
    async with standing(speaks_otherwise) as url:
        assert await checker.check(f"{url.replace('http', 'https')}/interface") is Outcome.NO_ANSWER


async def test_a_name_that_is_none_has_no_host(checker: Checker) -> None:
    assert await checker.check("http://no-such-host.invalid/interface") is Outcome.NO_HOST


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
async def test_private_addresses_are_asked_only_where_the_settings_say_so(host: str) -> None:
    asked: list[bytes] = []
    shy = Checker(Resolver(), private=False, timeout=5)
    async with standing(answering(asked=asked)) as url:
        port = url.rpartition(":")[2]
        assert await shy.check(f"http://{host}:{port}/interface") is Outcome.NOT_ALLOWED
    assert asked == []


async def test_the_request_is_plain_and_has_the_name_that_was_announced(
    checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # it would not get through
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    asked: list[bytes] = []
    async with standing(answering(asked=asked)) as url:
        port = url.rpartition(":")[2]
        assert await checker.check(f"http://localhost:{port}/a/interface?b=1") is Outcome.ALIVE
    head = asked[0].decode().split("\r\n")
    assert head[0] == "GET /a/interface?b=1 HTTP/1.1"
    assert f"Host: localhost:{port}" in head
    assert not {"cookie", "authorization"} & {line.partition(":")[0].lower() for line in head}
