"""Talk to the API of pfms as its clients do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from hosts import RunningHost

MODEL = "synthetic-1.0"
"""What the tests call the trained weights."""
MODELS, INFERENCE, DEVICE = "/spleenseg/modelpth/", "/spleenseg/NIfTIinference/", "/spleenseg/inference/device/"


@contextmanager
def pfms_of(host: RunningHost) -> Iterator[httpx.Client]:
    """A plain HTTP client of pfms's API on a host."""
    with httpx.Client(base_url=f"{host.url}/api/v1", timeout=120) as client:
        yield client


def send_model(client: httpx.Client, file: bytes, **query: str) -> httpx.Response:
    """Upload weights; pfms's client gives the part no useful file name."""
    return client.post(MODELS, params=query, files={"file": ("file", file)})


def infer(client: httpx.Client, file: bytes, **query: Any) -> httpx.Response:
    """Have a volume segmented, by :data:`MODEL` unless the query names another."""
    return client.post(INFERENCE, params={"modelID": MODEL} | query, files={"file": ("file", file)})


def refused(answer: httpx.Response, status: int, *words: str) -> None:
    """Assert a sentence that holds ``words``, in FastAPI's shape, with no path and no stack trace."""
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["detail"]
    detail = answer.json()["detail"]
    assert [word for word in words if word not in detail] == [], detail
    assert "Traceback" not in detail
    assert "/tmp" not in detail
