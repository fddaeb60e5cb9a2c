"""Which apps there are elsewhere: TOMAAT's announcement service, today's and the first one's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tomaat_slicer.address import Address
from tomaat_slicer.connection import Connection
from tomaat_slicer.errors import Refused, Stranger
from tomaat_slicer.trust import KnownHosts

PAGE = 500
MOST = 10_000
"""Endpoints that are read: more of them nobody looks through in a tree."""

Tree = dict[str, dict[str, dict[str, list["Endpoint"]]]]
"""Endpoints by modality, anatomy and task."""


@dataclass(frozen=True)
class Endpoint:
    """An app that a host has announced.

    :ivar url: where it is predicted; :func:`tomaat_slicer.host.find` takes it.
    :ivar state: ``alive``, ``unreachable`` or ``unknown``.
    """

    sid: str
    name: str
    modality: str
    anatomy: str
    task: str
    description: str
    url: str
    state: str = "unknown"

    @property
    def title(self) -> str:
        """What a list shows: the name and the SID, and whether nobody answers there."""
        return f"{self.name} ({self.sid})" + (" - unreachable" if self.state == "unreachable" else "")

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Endpoint:
        texts = {name: str(json.get(name) or "") for name in ("name", "modality", "anatomy", "task", "description")}
        sid = json.get("sid") or json.get("SID") or ""
        return cls(str(sid), **texts, url=str(json["prediction_url"]), state=str(json.get("state") or "unknown"))


def discover(text: str, known_hosts: KnownHosts, search: str = "", page: int = PAGE) -> list[Endpoint]:
    """What is announced at an announcement service.

    :param text: its address; also with ``/discover``, as TOMAAT had it.
    :param search: words that an endpoint must have; all endpoints when empty.
    :param page: how many are asked for at once.

    Raises :class:`~tomaat_slicer.errors.ConnectionFailed` and :class:`Refused`.
    """
    address = Address.parse(text).without_ending()
    connection = Connection(address, known_hosts, "announcement service of TOMAAT")
    try:
        return _today(connection, search, page)
    except Stranger:
        return _first(connection, search)
    except Refused as error:
        if error.status not in (404, 405):
            raise
        return _first(connection, search)


def tree_of(endpoints: Iterable[Endpoint]) -> Tree:
    """Endpoints as a tree, in alphabetical order; those that answer come before those that do not."""
    tree: Tree = {}
    order = sorted(endpoints, key=lambda each: (each.modality, each.anatomy, each.task, each.state, each.name))
    for endpoint in order:
        tasks = tree.setdefault(endpoint.modality, {}).setdefault(endpoint.anatomy, {})
        tasks.setdefault(endpoint.task, []).append(endpoint)
    return tree


def _today(connection: Connection, search: str, page: int) -> list[Endpoint]:
    found: list[Endpoint] = []
    after: str | None = None
    while len(found) < MOST:
        wanted = {"limit": str(page), "text": search, "after": after}
        query = urlencode({name: value for name, value in wanted.items() if value})
        answer = connection.json("GET", f"/v1/endpoints?{query}")
        found += _read(connection, answer, "endpoints")
        after = answer.get("next")
        if not after:
            break
    return found


def _first(connection: Connection, search: str) -> list[Endpoint]:
    """The first TOMAAT's whole list."""
    found = _read(connection, {"list": connection.json("GET", "/discover")}, "list")
    words = search.lower().split()
    return [each for each in found if all(word in _words(each) for word in words)]


def _words(endpoint: Endpoint) -> str:
    shown = (endpoint.name, endpoint.modality, endpoint.anatomy, endpoint.task, endpoint.description, endpoint.sid)
    return " ".join(shown).lower()


def _read(connection: Connection, answer: Any, key: str) -> list[Endpoint]:
    try:
        return [Endpoint.from_json(endpoint) for endpoint in _list(answer[key])]
    except (KeyError, TypeError, AttributeError) as error:
        raise connection.stranger() from error


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value
