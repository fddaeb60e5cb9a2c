"""The page of the announcement service has every metric, and every label of it."""

from __future__ import annotations

import re

from documents import DOCS
from tomaat_announce.checking import Outcome
from tomaat_announce.metrics import Metrics


def test_every_metric_has_a_row() -> None:
    page = (DOCS / "announcement-service.md").read_text(encoding="utf-8")
    shown = Metrics().show({}, 0).decode()
    counted = {name for name in re.findall(r"^# TYPE (\S+)", shown, re.MULTILINE) if not name.endswith("_created")}
    assert set(re.findall(r"^\| `(tomaat_announce_\w+)` \|", page, re.MULTILINE)) == counted


def test_every_outcome_of_a_check_is_told() -> None:
    page = (DOCS / "announcement-service.md").read_text(encoding="utf-8")
    [row] = [line for line in page.splitlines() if line.startswith("| `tomaat_announce_checks_total`")]
    assert re.findall(r"`(\w+)`", row)[2:] == [str(outcome) for outcome in Outcome]
