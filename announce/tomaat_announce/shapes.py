"""How an endpoint is shown: to new clients, and to TOMAAT's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row

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


def endpoint_as_tomaat_json(row: Row[Any]) -> dict[str, Any]:
    """An endpoint as TOMAAT's ``/discover`` shows it: nothing of the key, not even where TOMAAT showed its start."""
    return {
        "interface_url": row.interface_url,
        "prediction_url": row.prediction_url,
        "modality": row.modality,
        "anatomy": row.anatomy,
        "task": row.task,
        "name": row.name,
        "description": row.description,
        "SID": row.sid,
        "creation_time": row.announced,
        "api_key": "",
    }


def rfc3339(seconds: float) -> str:
    """A time as JSON has it, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
