"""What announcement services list, as typed objects, and how they are asked: by the conversations here, which the
clients of :mod:`tomaat.client.registry` carry out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from tomaat.client.registry_answers import ENDPOINTS, is_old, no_registry, read
from tomaat.errors import ConnectionFailed, NotFound

T = TypeVar("T")
PAGE = 500
"""Endpoints that are asked for at once."""
MOST = 1_000_000
"""Endpoints that one service may list."""
TEXTS = ("name", "version", "modality", "anatomy", "task", "description", "interface_url", "prediction_url")
TIMES = ("state_since", "announced", "first_seen", "last_seen", "expires")
PREDICT = "/predict"

Json = Mapping[str, Any]
Question = tuple[str, Mapping[str, str]]
"""A path and the parameters of its query, for ``GET``."""
Asking = Generator[Question, httpx.Response, T]
"""A conversation: yields questions, is sent the answers, returns what came of it."""


@dataclass(frozen=True)
class EndpointView:
    """An announced app of a host, as it stood when the announcement service answered.

    :ivar sid: its short name there.
    :ivar state: ``alive``, ``unreachable`` or ``unknown``, since ``state_since``.
    :ivar announced: when it was last announced.
    :ivar expires: when it is no longer listed, if it is not announced again.
    :ivar json: what the service said, as it said it.
    """

    sid: str
    name: str
    version: str
    modality: str
    anatomy: str
    task: str
    description: str
    interface_url: str
    prediction_url: str
    state: str
    state_since: datetime | None
    announced: datetime | None
    first_seen: datetime | None
    last_seen: datetime | None
    expires: datetime | None
    json: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        """The endpoint of an announcement service's JSON, also of one of the first TOMAAT."""
        told: dict[str, Any] = {name: str(json.get(name) or "") for name in TEXTS}
        told |= {name: _time(json.get(name)) for name in TIMES}
        return cls(
            **told | {"announced": told["announced"] or _time(json.get("creation_time"))},
            sid=str(json["sid"] if "sid" in json else json["SID"]),
            state=str(json.get("state") or "unknown"),
            json=json,
        )

    @property
    def url(self) -> str:
        """Its host's URL. Raises like :attr:`app`."""
        return self._split()[0]

    @property
    def app(self) -> str:
        """Its name on its host.

        Raises :class:`~tomaat.errors.ConnectionFailed` for a service of the first TOMAAT, which has no apps by name.
        """
        return self._split()[1]

    def _split(self) -> tuple[str, str]:
        """``https://gpu1:9001/brain/predict`` is the app ``brain`` of ``https://gpu1:9001``."""
        parts = urlsplit(self.prediction_url.rstrip("/"))
        before, _, app = parts.path.removesuffix(PREDICT).rpartition("/")
        if not app or not parts.path.endswith(PREDICT):
            raise ConnectionFailed(
                f"{self.name or 'The endpoint'} ({self.sid}) is a service of the first TOMAAT, which this client does "
                "not call. 3D Slicer does, with its extension TOMAAT-Slicer."
            )
        return f"{parts.scheme}://{parts.netloc}{before}", app


@dataclass(frozen=True)
class Filters:
    """Which endpoints are wanted; ``None`` stands for any.

    :ivar text: words that the name, the description or another text has.
    :ivar alive: whether they answered when they were last asked.
    """

    modality: str | None = None
    anatomy: str | None = None
    task: str | None = None
    text: str | None = None
    alive: bool | None = None

    @property
    def params(self) -> dict[str, str]:
        """As parameters of a query."""
        texts = {name: getattr(self, name) for name in ("modality", "anatomy", "task", "text")}
        alive = {} if self.alive is None else {"alive": "true" if self.alive else "false"}
        return {name: value for name, value in texts.items() if value is not None} | alive

    def fit(self, endpoint: EndpointView) -> bool:
        """Whether an endpoint is wanted: what a service of the first TOMAAT leaves to its clients."""
        for name in ("modality", "anatomy", "task"):
            wanted = getattr(self, name)
            if wanted is not None and wanted.casefold() != getattr(endpoint, name).casefold():
                return False
        if self.alive is not None and self.alive != (endpoint.state == "alive"):
            return False
        said = " ".join(getattr(endpoint, name) for name in TEXTS).casefold()
        return all(word in said for word in (self.text or "").casefold().split())


def listing(url: str, filters: Filters) -> Asking[list[Json]]:
    """Ask for all endpoints that are wanted, page after page."""
    found: list[Json] = []
    params = {**filters.params, "limit": str(PAGE)}
    while True:
        response = yield ENDPOINTS, params
        if is_old(response):
            return (yield from _old_listing(url, filters))
        if response.status_code == 404:
            raise no_registry(url)  # a host, perhaps
        page, following = _page(response, url)
        found += page
        if following is None:
            return found
        if not page or len(found) > MOST:
            raise no_registry(url)  # it would go on for ever
        params["after"] = following


def one(url: str, sid: str) -> Asking[Json]:
    """Ask for one endpoint. Raises :class:`~tomaat.errors.NotFound`."""
    response = yield f"{ENDPOINTS}/{quote(sid, safe='')}", {}
    if not is_old(response):
        return dict(_understand(lambda: read(response, url), url))
    for json in (yield from _old_listing(url, Filters())):
        if json["SID"] == sid:
            return json
    raise NotFound(f"The announcement service at {url} lists no endpoint {sid!r}; `tomaat discover {url}` shows all.")


def endpoints(kind: Callable[[Json], T], listed: list[Json], url: str) -> list[T]:
    """What was listed, each as a ``kind``."""
    return _understand(lambda: [kind(json) for json in listed], url)


def _old_listing(url: str, filters: Filters) -> Asking[list[Json]]:
    response = yield "/discover", {}
    listed: list[Json] = _understand(lambda: [dict(json) for json in read(response, url)], url)
    views = endpoints(EndpointView.from_json, listed, url)
    return [view.json for view in views if filters.fit(view)]


def _page(response: httpx.Response, url: str) -> tuple[list[Json], str | None]:
    """The endpoints of a page, and where the next one begins."""
    json = read(response, url)
    page: list[Json] = _understand(lambda: [dict(endpoint) for endpoint in json["endpoints"]], url)
    following = json.get("next")
    return page, None if following is None else str(following)


def _understand(reading: Callable[[], T], url: str) -> T:
    """What is read, or :class:`~tomaat.errors.ConnectionFailed` for what no announcement service answers."""
    try:
        return reading()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise no_registry(url) from error


def _time(said: str | float | None) -> datetime | None:
    """RFC 3339, or the seconds since 1970 of the first TOMAAT's services."""
    if isinstance(said, int | float):
        return datetime.fromtimestamp(said, UTC)
    return datetime.fromisoformat(said) if said else None
