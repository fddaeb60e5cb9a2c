"""Weights of the tests' app ``numbers``: files that hold one number."""

from __future__ import annotations

import hashlib

import httpx

from hosts import RunningHost

APP = "/v1/apps/numbers"


def number(value: object, *, size: int = 0) -> bytes:
    """The file that holds this number; with more after it, until it has so many bytes."""
    line = f"NUMBER {value}\n".encode()
    return line + b"." * (size - len(line))


def put(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    """Upload weights."""
    return client.put(f"{APP}/weights/{name}", content=content)


def names(client: httpx.Client) -> list[str]:
    """What the app has."""
    return [weights["id"] for weights in client.get(f"{APP}/weights").json()["weights"]]


def blob(content: bytes) -> str:
    """The file that the host keeps content in."""
    return f"{hashlib.sha256(content).hexdigest()}.num"


def files(host: RunningHost) -> set[str]:
    """What there is under the host's folder of weights."""
    root = host.home / "weights"
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
