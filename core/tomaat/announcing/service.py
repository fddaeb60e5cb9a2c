"""One announcement service, asked over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from tomaat.announcing.entry import Entry
from tomaat.announcing.target import Target
from tomaat.client.registry_answers import ENDPOINTS, is_old, no_registry, reaching_registry, read
from tomaat.client.transport import http_options
from tomaat.errors import ConnectionFailed, Forbidden, Unauthorized

AT_ONCE = 4
"""Requests that one service gets from this host at a time."""
TIMEOUT = 10.0
LIMIT = 30.0
"""Seconds that one request may take in all, however slowly the answer drips."""
MOST = 2**20
"""Bytes that an answer may have."""
OLD_LIFETIME = 3600.0
"""Seconds after which the first TOMAAT's services no longer list what is not announced again."""


@dataclass(frozen=True)
class Announced:
    """What a service has accepted.

    :ivar sid: the endpoint's short name; empty at a service of the first TOMAAT.
    :ivar lifetime: seconds that the endpoint is listed if it is not announced again.
    """

    sid: str
    lifetime: float


class AnnouncementService:
    """Announces and withdraws at one target.

    Every method raises :class:`~tomaat.errors.ConnectionFailed` if the service can't be reached, and else the
    :class:`~tomaat.errors.TomaatError` that it answers with.

    :param first: what is announced where a key may have one endpoint alone: with each other one, it would take the
        place of the one before.
    """

    def __init__(self, target: Target, first: Entry) -> None:
        self.target = target
        self._first = first
        self._first_tried = asyncio.Event()
        self._first_sid = ""
        self._only_first = False
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._http: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()

    async def announce(self, entry: Entry) -> Announced:
        """Announce an app, or that it is still there.

        Raises :class:`~tomaat.errors.Forbidden` for any but the first where the key may have one endpoint.
        """
        if entry is self._first:
            return await self._announce_first()
        await self._first_tried.wait()
        self._check_only()
        announced = await self._announce(entry)
        if announced.sid == self._first_sid:
            self._only_first = True
            await self._announce(self._first)  # which has its place back now
        self._check_only()
        return announced

    async def withdraw(self, sid: str) -> None:
        """Have an endpoint listed no longer."""
        read(await self._ask("DELETE", f"{ENDPOINTS}/{sid}"), self.target.url)

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()

    async def _announce_first(self) -> Announced:
        try:
            announced = await self._announce(self._first)
            self._first_sid = announced.sid
            return announced
        finally:
            self._first_tried.set()

    def _check_only(self) -> None:
        if self._only_first:
            raise Forbidden(
                f"The key may announce one app alone, and that is {self._first.app}; default_app chooses it."
            )

    async def _announce(self, entry: Entry) -> Announced:
        response = await self._ask("POST", ENDPOINTS, entry.as_json())
        if is_old(response):
            return await self._announce_to_old(entry)
        if response.status_code == 404:
            raise no_registry(self.target.url)  # a host, perhaps
        return _announced(read(response, self.target.url), self.target.url)

    async def _announce_to_old(self, entry: Entry) -> Announced:
        """Announce as the first TOMAAT did, whose services list one endpoint for each key."""
        self._only_first = True
        if entry is not self._first:
            self._check_only()
        body = {**entry.as_tomaat_json(), "api_key": self.target.key}
        _check_old(read(await self._ask("POST", "/announce", body), self.target.url), self.target.url)
        return Announced("", OLD_LIFETIME)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """The answer, read as far as an announcement service's goes."""
        try:
            async with self._slots, asyncio.timeout(LIMIT):
                http = await self._client()
                async with (
                    reaching_registry(self.target.base),
                    http.stream(method, path, json=body) as response,
                ):
                    content = await _content(response, self.target.url)
        except TimeoutError as error:
            raise ConnectionFailed(f"The announcement service at {self.target.url} took too long to answer.") from error
        kept = {name: value for name, value in response.headers.items() if name in ("content-type", "retry-after")}
        return httpx.Response(response.status_code, headers=kept, content=content)

    async def _client(self) -> httpx.AsyncClient:
        """Made when it is first needed, in a thread: certificates are read from the disk."""
        async with self._opening:
            if self._http is None:
                options = await asyncio.to_thread(_options, self.target)
                self._http = httpx.AsyncClient(**options)
            return self._http


def _options(target: Target) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {target.key}"}
    return http_options(target.base, TIMEOUT, True, headers, target.fingerprint)


async def _content(response: httpx.Response, url: str) -> bytes:
    content = bytearray()
    async for piece in response.aiter_bytes():
        content += piece
        if len(content) > MOST:
            raise no_registry(url)
    return bytes(content)


def _announced(json: Any, url: str) -> Announced:
    """What a service of ours answers. How long it lists the endpoint is reckoned by its clock alone."""
    try:
        expires, announced = (datetime.fromisoformat(json[name]) for name in ("expires", "announced"))
        return Announced(str(json["sid"]), (expires - announced).total_seconds())
    except (KeyError, TypeError, ValueError) as error:
        raise no_registry(url) from error


def _check_old(json: Any, url: str) -> None:
    """Raise what a service of the first TOMAAT complains of."""
    if not isinstance(json, Mapping) or "status" not in json:
        raise no_registry(url)
    if json["status"] != 0:
        said = str(json.get("error") or "").strip()
        raise Unauthorized(f"The announcement service at {url} refuses this announcement: {said or 'it says no more'}")
