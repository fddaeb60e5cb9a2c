"""A record is one line, whatever is in it."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from tomaat.logs.about import about, facts
from tomaat.logs.formats import JsonFormat, TextFormat, silent_trace


def record(message: str, *, failing: bool = False, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("tomaat.test", logging.INFO, "", 0, message, None, sys.exc_info() if failing else None)
    vars(made).update(extra)
    return made


def test_a_line_says_what_it_is_about() -> None:
    with about(job="01J", app="brain", request=""):
        text = TextFormat().format(record("ended", fields={"seconds": 0.123456, "timings": {"infer": 2.0}}))
        line = json.loads(JsonFormat().format(record("ended", fields={"seconds": 0.5}, said={"route": "/"})))
    assert text.endswith("INFO tomaat.test: ended [job=01J app=brain seconds=0.1235 infer=2]")
    assert facts() == {}
    assert line.pop("time").endswith("+00:00")
    expected = {"level": "info", "logger": "tomaat.test", "message": "ended", "job": "01J", "app": "brain"}
    assert line == expected | {"route": "/", "seconds": 0.5}


@pytest.mark.parametrize("odd", ["two\nlines", "a\r\nb", 'quotes " and \\', "\x00\x1b[31m", "\udcff"])
def test_nobody_forges_a_record(odd: str) -> None:
    assert "\n2" not in TextFormat().format(record(odd))
    line = JsonFormat().format(record(odd))
    assert "\n" not in line
    json.loads(line)


def test_an_exception_is_shown_and_quoted_only_where_it_may_be() -> None:
    try:
        try:
            raise KeyError("Mustermann")
        except KeyError as error:
            raise ValueError("of Mustermann") from error
    except ValueError as error:
        shown = TextFormat().format(record("failed", failing=True))
        line = json.loads(JsonFormat().format(record("failed", failing=True)))
        silent = silent_trace(error)
    assert "ValueError: of Mustermann" in shown
    assert "KeyError: 'Mustermann'" in line["trace"]
    assert "Mustermann" not in silent.replace('KeyError("Mustermann")', "").replace('ValueError("of Mustermann")', "")
    assert silent.index("KeyError") < silent.rindex("ValueError")
