"""Clients of an announcement service: what is announced there, and from there to the host that serves it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from tomaat.client.discovery import Asking, EndpointView, Filters, endpoints, listing, one
from tomaat.client.registry_answers import DEFAULT_REGISTRY, reaching_registry, registry_url
from tomaat.client.transport import http_options

if TYPE_CHECKING:
    from tomaat.client.aio import AsyncClient
    from tomaat.client.job import AsyncJob, Job
    from tomaat.client.sync import Client

T = TypeVar("T")


@dataclass(frozen=True)
class Endpoint(EndpointView):
    """An announced app, with the way to its host."""

    def connect(self, **options: Any) -> Client:
        """A client of its host. Takes what :class:`tomaat.Client` takes beside the URL."""
        from tomaat.client.sync import Client

        return Client(self.url, **options)

    def predict(self, inputs: Mapping[str, Any] | None = None, /, **options: Any) -> Job:
        """Call it and wait: :meth:`tomaat.Client.predict`, without the app's name. The job keeps the connection."""
        return self.connect().predict(self.app, inputs, **options)


@dataclass(frozen=True)
class AsyncEndpoint(EndpointView):
    """:class:`Endpoint` for asyncio."""

    def connect(self, **options: Any) -> AsyncClient:
        """A client of its host: ``async with endpoint.connect() as client``."""
        from tomaat.client.aio import AsyncClient

        return AsyncClient(self.url, **options)

    async def predict(self, inputs: Mapping[str, Any] | None = None, /, **options: Any) -> AsyncJob:
        """Call it and wait: see :meth:`Endpoint.predict`."""
        return await self.connect().predict(self.app, inputs, **options)


class Registry:
    """Ask an announcement service, of ours or of the first TOMAAT::

        with Registry("http://registry.example:8001") as registry:
            for endpoint in registry.endpoints(anatomy="Spleen", alive=True):
                print(endpoint.name, endpoint.sid)

    Every method raises :class:`~tomaat.errors.ConnectionFailed` if the service can't be reached, and else the
    :class:`~tomaat.errors.TomaatError` that it answers with.

    :param url: where the service is; one that ends in ``/discover`` or ``/announce`` is right, too.
    :param timeout: seconds that an answer may take.
    :param verify: how to check the service's certificate: ``False`` not at all, or a context of your own.
    :param fingerprint: the SHA-256 of the only certificate to take.
    """

    def __init__(
        self,
        url: str = DEFAULT_REGISTRY,
        *,
        timeout: float = 30.0,
        verify: ssl.SSLContext | bool = True,
        fingerprint: str | None = None,
    ) -> None:
        self.url = registry_url(url)
        self._http = httpx.Client(**http_options(self.url, timeout, verify, None, fingerprint))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def endpoints(self, **filters: Any) -> list[Endpoint]:
        """What is listed, as :func:`discover` filters it."""
        listed = self._carry_out(listing(self.url, Filters(**filters)))
        return endpoints(Endpoint.from_json, listed, self.url)

    def endpoint(self, sid: str) -> Endpoint:
        """One endpoint. Raises :class:`~tomaat.errors.NotFound`."""
        return endpoints(Endpoint.from_json, [self._carry_out(one(self.url, sid))], self.url)[0]

    def _carry_out(self, asking: Asking[T]) -> T:
        try:
            path, params = next(asking)
            while True:
                with reaching_registry(self.url):
                    response = self._http.get(path, params=params)
                path, params = asking.send(response)
        except StopIteration as done:
            result: T = done.value
            return result


class AsyncRegistry:
    """:class:`Registry` for asyncio."""

    def __init__(
        self,
        url: str = DEFAULT_REGISTRY,
        *,
        timeout: float = 30.0,
        verify: ssl.SSLContext | bool = True,
        fingerprint: str | None = None,
    ) -> None:
        self.url = registry_url(url)
        self._http = httpx.AsyncClient(**http_options(self.url, timeout, verify, None, fingerprint))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def endpoints(self, **filters: Any) -> list[AsyncEndpoint]:
        """What is listed, as :func:`discover` filters it."""
        listed = await self._carry_out(listing(self.url, Filters(**filters)))
        return endpoints(AsyncEndpoint.from_json, listed, self.url)

    async def endpoint(self, sid: str) -> AsyncEndpoint:
        """One endpoint. Raises :class:`~tomaat.errors.NotFound`."""
        return endpoints(AsyncEndpoint.from_json, [await self._carry_out(one(self.url, sid))], self.url)[0]

    async def _carry_out(self, asking: Asking[T]) -> T:
        try:
            path, params = next(asking)
            while True:
                async with reaching_registry(self.url):
                    response = await self._http.get(path, params=params)
                path, params = asking.send(response)
        except StopIteration as done:
            result: T = done.value
            return result


def discover(
    registry: str = DEFAULT_REGISTRY,
    *,
    modality: str | None = None,
    anatomy: str | None = None,
    task: str | None = None,
    text: str | None = None,
    alive: bool | None = None,
    fingerprint: str | None = None,
) -> list[Endpoint]:
    """What is announced at a service, all of it unless a filter says otherwise.

    :param registry: the announcement service's URL.
    :param modality: such as ``CT``, in whatever case; likewise ``anatomy`` and ``task``.
    :param text: words that are in an endpoint's texts.
    :param alive: whether the host answered when the service last asked. A service of the first TOMAAT never asks.
    :param fingerprint: the SHA-256 of the only certificate of the service to take.

    Raises :class:`~tomaat.errors.ConnectionFailed` if the service can't be reached, or is none.
    """
    with Registry(registry, fingerprint=fingerprint) as service:
        return service.endpoints(modality=modality, anatomy=anatomy, task=task, text=text, alive=alive)


async def discover_async(
    registry: str = DEFAULT_REGISTRY,
    *,
    modality: str | None = None,
    anatomy: str | None = None,
    task: str | None = None,
    text: str | None = None,
    alive: bool | None = None,
    fingerprint: str | None = None,
) -> list[AsyncEndpoint]:
    """What is announced at a service: see :func:`discover`."""
    async with AsyncRegistry(registry, fingerprint=fingerprint) as service:
        return await service.endpoints(modality=modality, anatomy=anatomy, task=task, text=text, alive=alive)
