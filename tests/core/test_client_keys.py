"""Clients and their keys: where one is taken from, where it goes, and where it never goes."""

from __future__ import annotations

import asyncio
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from access_keys import make_key
from hosts import RunningHost
from old_registry import respond, serve
from tomaat import AsyncClient, Client
from tomaat.client.logins import Logins, origin_of
from tomaat.errors import ConnectionFailed, Forbidden, NotFound, Unauthorized


def test_a_client_sends_its_key(keyed_host: RunningHost) -> None:
    with Client(keyed_host.url, key=make_key(keyed_host, apps="echo")) as client:
        me = client.me()
        assert (me.name, me.apps, me.admin, me.keys, me.may) == ("anna", ("echo",), False, True, "echo")
        job = client.predict("echo", number=1, flag=False, word="one")
        assert job.text("answer") == "one 1"
        with pytest.raises(Forbidden, match="and not for the app 'positive'"):
            client.app("positive")


def test_an_async_client_does_too(keyed_host: RunningHost) -> None:
    async def call() -> str:
        async with AsyncClient(keyed_host.url, key=make_key(keyed_host)) as client:
            job = await client.predict("echo", number=1, flag=False, word="one")
            return f"{(await client.me()).name}: {await job.text('answer')}"

    assert asyncio.run(call()) == "anna: one 1"


def test_without_a_key_the_sentence_says_what_to_do(keyed_host: RunningHost) -> None:
    with Client(keyed_host.url) as client, pytest.raises(Unauthorized, match="tomaat login"):
        client.apps()


def test_a_kept_key_is_sent_to_its_host(
    keyed_host: RunningHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOMAAT_HOME", str(tmp_path))
    Logins(tmp_path / "logins").add(keyed_host.url, make_key(keyed_host))
    with Client(keyed_host.url) as client:
        assert client.me().name == "anna"
    with Client(keyed_host.url, key="") as client, pytest.raises(Unauthorized):
        client.me()


def test_a_key_follows_no_redirect() -> None:
    told: list[str] = []

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        told.append(request.headers["Authorization"] or "")
        respond(request, 307, b"", Location=f"http://localhost:{server.server_port}/v1/me")

    server = serve(answer)
    with Client(f"http://127.0.0.1:{server.server_port}", key="tomaat_x") as client, pytest.raises(ConnectionFailed):
        client.me()
    server.shutdown()
    server.server_close()
    assert told == ["Bearer tomaat_x"]


@pytest.mark.parametrize("key", ["a b", "a\n", "schlüssel"])
def test_what_is_no_key_is_said(key: str) -> None:
    with pytest.raises(ConnectionFailed, match="copied as a whole"):
        Client(key=key)


def test_a_key_is_kept_by_scheme_name_and_port(tmp_path: Path) -> None:
    logins = Logins(tmp_path / "logins")
    logins.add("https://GPU1.example/", "one")
    logins.add("http://gpu1.example:9001", "two")
    logins.add("https://gpu1.example:443/path", "three")
    assert logins.key("https://gpu1.example") == "three"
    assert logins.key("http://gpu1.example:9001/brain") == "two"
    assert logins.key("http://gpu1.example") is None
    assert logins.key("https://gpu1.example:9001") is None
    assert origin_of("https://[::1]:9001") == "https://[::1]:9001"
    logins.remove("https://gpu1.example")
    with pytest.raises(NotFound, match="tomaat login"):
        logins.remove("https://gpu1.example")
