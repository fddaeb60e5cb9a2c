"""How a log record becomes a line: for people, or as JSON.

Python's own logging and not a library for structured logs: Sanic, SQLAlchemy and every plugin log through it, so all
that such a library would add here is this formatter.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from tomaat.logs.about import facts

FORMATS = ("text", "json")
DEEPEST = 10
"""Exceptions of a chain that are shown."""


class TextFormat(logging.Formatter):
    """``2026-11-22 02:31:53,120 INFO tomaat.jobs: ended as succeeded [job=01JD... app=brain request=4f2a...]``."""

    def __init__(self) -> None:
        super().__init__("%(told)s")
        self._second, self._shown = -1, ""

    def format(self, record: logging.LogRecord) -> str:
        known = {**about_of(record), **fields_of(record)}
        pairs = " ".join([_pair(name, value) for name, value in known.items() if value != ""])
        # A line break in what is told would begin a line that looks like a record of its own.
        told = record.getMessage().replace("\r", "\\r").replace("\n", "\n  ")
        line = f"{self._time(record)} {record.levelname} {record.name}: {told}{f' [{pairs}]' if pairs else ''}"
        if not (record.exc_info or record.exc_text or record.stack_info):  # each call of an app makes two such lines
            return line
        record.told = line
        return super().format(record)

    def _time(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._second, self._shown = second, time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
        return f"{self._shown},{int(record.msecs):03d}"


class JsonFormat(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``logger``, ``message``, what it is about, and its own fields.

    What the message says already is a field, too, where a record brings it as ``extra={"said": {...}}``.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **about_of(record),
            **getattr(record, "said", {}),
            **fields_of(record),
        }
        if record.exc_info:
            line["trace"] = record.exc_text or self.formatException(record.exc_info)
        try:
            return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        except orjson.JSONEncodeError:  # letters that are no Unicode: bytes that somebody sent where a text belongs
            return json.dumps(line, default=str)


def formatter(name: str) -> logging.Formatter:
    """The formatter that the setting ``log_format`` names."""
    return JsonFormat() if name == "json" else TextFormat()


def about_of(record: logging.LogRecord) -> Mapping[str, str]:
    """What a record is about, as its thread or task knows, or as it brings itself."""
    brought: Mapping[str, str] | None = getattr(record, "about", None)
    return facts() if brought is None else brought


def fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """A record's own fields: ``log.info(..., extra={"fields": {...}})``."""
    fields: Mapping[str, Any] = getattr(record, "fields", {})
    return fields


def silent_trace(error: BaseException) -> str:
    """Where an exception came from, and of what type it is; nothing of what it says, which may tell of a patient."""
    chain: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in chain and len(chain) < DEEPEST:
        chain.insert(0, each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(
        f"Traceback (most recent call last):\n{''.join(traceback.format_tb(each.__traceback__))}{type(each).__name__}"
        for each in chain
    )


def _pair(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return " ".join([_pair(*pair) for pair in value.items()])
    return f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
