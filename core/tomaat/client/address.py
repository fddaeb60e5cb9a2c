"""Where a host is, and what goes wrong on the way there."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import httpx

from tomaat.client.trust import Seen, look, look_async, refusal, verify_for
from tomaat.errors import ConnectionFailed, TomaatError, TooLarge, TryLater

DEFAULT_URL = "http://127.0.0.1:9001"
CONNECT_TIMEOUT = 10.0


def host_url(url: str) -> str:
    """``url`` with its scheme and without its last slash: ``gpu1:9001`` is ``http://gpu1:9001``.

    Raises :class:`~tomaat.errors.ConnectionFailed` for what is no URL.
    """
    whole = url if "://" in url else f"http://{url}"
    try:
        parsed = httpx.URL(whole)
    except httpx.InvalidURL:
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ConnectionFailed(f"{url!r} is no address of a host; write it like {DEFAULT_URL}.")
    return whole.rstrip("/")


def through_proxy(url: str) -> bool:
    """Whether the environment's proxy may be used: never for this machine, as no image should leave it unasked."""
    name = httpx.URL(url).host
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name != "localhost"


def reaching(url: str, program: str = "tomaat serve") -> Reaching:
    """Turn what httpx raises inside into :class:`~tomaat.errors.ConnectionFailed`; ``program`` should run there.

    ``async with`` where httpx's asynchronous client is inside, and else ``with``.
    """
    return Reaching(url, program)


def greet(url: str) -> None:
    """See that a host is there and has a certificate that a :class:`~tomaat.Client` takes.

    Raises :class:`~tomaat.errors.ConnectionFailed`, and its child :class:`~tomaat.errors.UntrustedCertificate`.
    """
    verify, trust_env = verify_for(url), through_proxy(url)
    with reaching(url), httpx.Client(verify=verify, timeout=CONNECT_TIMEOUT, trust_env=trust_env) as client:
        client.head(url)


class Reaching:
    """What :func:`reaching` gives. Where a certificate may be the reason, it is looked at once more."""

    def __init__(self, url: str, program: str) -> None:
        self._url = url
        self._program = program

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, httpx.TransportError):
            seen = look(self._url, error, trust_env=through_proxy(self._url))
            raise self._failure(error, seen) from error

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, httpx.TransportError):
            seen = await look_async(self._url, error, trust_env=through_proxy(self._url))
            raise self._failure(error, seen) from error

    def _failure(self, error: httpx.TransportError, seen: Seen) -> ConnectionFailed:
        if (refused := refusal(self._url, error, seen)) is not None:
            return refused
        url, program = self._url, self._program
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            return ConnectionFailed(f"Nothing can be reached at {url} ({_words(error)}). Is `{program}` running there?")
        if isinstance(error, httpx.TimeoutException):
            return ConnectionFailed(f"{url} took too long to answer. Is `{program}` overloaded there?")
        return ConnectionFailed(
            f"The connection to {url} broke ({_words(error)}). Did `{program}` stop there? Its log says why."
        )


def read_json(response: httpx.Response, url: str) -> dict[str, Any]:
    """The JSON of an answer that has been read.

    Raises the :class:`~tomaat.errors.TomaatError` that the host's problem names, and
    :class:`~tomaat.errors.ConnectionFailed` for an answer that no TOMAAT host gives.
    """
    if response.is_error:
        raise problem(response, url)
    if response.status_code == 204:
        return {}
    json = _json(response) if response.is_success else None
    if json is None:
        raise no_host(url)
    return json


def problem(response: httpx.Response, url: str) -> TomaatError:
    """The error that an answer of 400 or more stands for."""
    json = _json(response)
    if json is not None and "code" in json and "detail" in json:
        error = TomaatError.from_json(json)
        if isinstance(error, TryLater):
            error.retry_after = _seconds(response.headers.get("Retry-After"), error.retry_after)
        return error
    status = response.status_code
    if status == 413:
        return TooLarge(f"What stands before {url} takes no request of this size (413). Its limit must be raised.")
    if status in (401, 403, 407):
        return ConnectionFailed(f"{url} refuses access ({status} {response.reason_phrase}).")
    if status in (502, 503, 504):
        return ConnectionFailed(f"What stands before {url} can't reach the host ({status}). Is `tomaat serve` running?")
    return no_host(url)


def no_host(url: str) -> ConnectionFailed:
    """The error for an answer that no TOMAAT host gives."""
    return ConnectionFailed(f"What answers at {url} is no TOMAAT host of version 1.0 or later. Is the address right?")


def _json(response: httpx.Response) -> dict[str, Any] | None:
    if "json" not in response.headers.get("Content-Type", ""):
        return None
    try:
        json = response.json()
    except ValueError:
        return None
    return dict(json) if isinstance(json, Mapping) else None


def _seconds(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
