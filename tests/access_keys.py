"""Keys of a running host, made beside it as an administrator makes them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx

from hosts import RunningHost
from tomaat.access import key_store
from tomaat.access.key_store import Grant
from tomaat.database.opening import opened


def url_of(home: Path) -> str:
    """The database of a host with this data folder."""
    return f"sqlite:///{home / 'tomaat.db'}"


def make_key(host: RunningHost, owner: str = "anna", *, apps: str = "*", **grant: Any) -> str:
    """A new key."""
    with opened(url_of(host.home)) as connection:
        wanted = Grant(owner, apps=frozenset(filter(None, apps.split(","))), **grant)
        return key_store.create(connection, time.time(), wanted)[1]


def caller(host: RunningHost, key: str = "", **options: Any) -> httpx.Client:
    """A plain HTTP client that sends a key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(base_url=host.url, headers=headers, timeout=60, **options)
