"""How an endpoint is shown: to new clients, and to TOMAAT's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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
"""What TOMAAT's clients know of an endpoint, and our columns."""
SHOWN = ("sid", "name", "version", "modality", "anatomy", "task", "description", "card", "interface_url")


def endpoint_as_json(row: Row[Any] | dict[str, Any]) -> dict[str, Any]:
    """An endpoint as ``/v1`` shows it; whose key announced it is nobody's business."""
    columns = row if isinstance(row, dict) else row._mapping
    return {name: columns[name] for name in (*SHOWN, "prediction_url", "state")} | {
        "state_since": None if columns["state_since"] is None else rfc3339(columns["state_since"]),
        "announced": rfc3339(columns["announced"]),
        "first_seen": rfc3339(columns["first_seen"]),
        "last_seen": rfc3339(columns["last_seen"]),
        "expires": rfc3339(columns["expires"]),
    }


def endpoint_as_tomaat_json(row: Row[Any]) -> str:
    """An endpoint as TOMAAT's ``/discover`` shows it, from a row of :data:`TOMAAT`'s columns. Nothing of the key, not
    even where TOMAAT showed its start."""
    return json.dumps(dict(zip(TOMAAT, row, strict=False)) | {"api_key": ""})


def rfc3339(seconds: float) -> str:
    """A time as JSON has it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
