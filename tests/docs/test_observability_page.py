"""The page about seeing has every metric and every action of the audit log."""

from __future__ import annotations

import re

import httpx

from documents import DOCS
from hosts import RunningHost
from tomaat.audit.entry import Action

PAGE = DOCS / "observability.md"


def test_every_metric_has_a_row(host: RunningHost) -> None:
    shown = httpx.get(f"{host.url}/metrics").text
    counted = {name for name in re.findall(r"^# TYPE (\S+)", shown, re.MULTILINE) if not name.endswith("_created")}
    assert set(re.findall(r"^\| `(tomaat_\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)) == counted


def test_every_action_is_told() -> None:
    [row] = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `action` |")]
    assert re.findall(r"`([a-z.]+)`", row)[1:] == [str(action) for action in Action]
