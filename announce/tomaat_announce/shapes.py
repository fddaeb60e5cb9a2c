"""How an endpoint is shown: to new clients, and to TOMAAT's."""

from __future__ import annotations

from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Any

from sqlalchemy import Row

from tomaat_announce.tables import ENDPOINTS

TOMAAT = {
    "interface_url": ENDPOINTS.c.interface_url,
    "prediction_url": ENDPOINTS.c.prediction_url,
    "modality": ENDPOINTS.c.modality,
    "anatomy": ENDPOINTS.c.anatomy,
    "task": ENDPOINTS.c.task,
    "name": ENDPOINTS.c.name,
    "description": ENDPOINTS.c.description,
    "SID": ENDPOINTS.c.sid,
    "creation_time": ENDPOINTS.c.announced,
}
"""What TOMAAT's clients know of an endpoint, and our columns: texts, but for the last."""
TOMAAT_ITEM = "{" + ", ".join(f'"{name}": %s' for name in TOMAAT) + ', "api_key": ""}'
"""As json.dumps writes it, which takes four times as long for the many that a list may have."""
TEXTS = ("sid", "name", "version", "modality", "anatomy", "task", "description")
SAID = (*TEXTS, "card", "interface_url", "prediction_url", "page_url", "state")
TIMES = ("state_since", "announced", "first_seen", "last_seen", "expires")
SHOWN = tuple(ENDPOINTS.c[name] for name in (*SAID, *TIMES))
"""The columns that ``/v1`` shows."""


def endpoint_as_json(row: Row[Any]) -> dict[str, Any]:
    """An endpoint as ``/v1`` shows it; whose key announced it is nobody's business."""
    columns = row._mapping
    shown = {name: columns[name] for name in SAID}
    for name in TIMES:
        seconds = columns[name]
        shown[name] = None if seconds is None else rfc3339(seconds)
    return shown


def endpoint_as_tomaat_json(row: Row[Any]) -> str:
    """An endpoint as TOMAAT's ``/discover`` shows it, from a row of :data:`TOMAAT`'s columns. Nothing of the key, not
    even where TOMAAT showed its start."""
    *texts, created = row[: len(TOMAAT)]
    return TOMAAT_ITEM % (*map(encode_basestring_ascii, texts), repr(created))


def rfc3339(seconds: float) -> str:
    """A time as JSON has it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"
