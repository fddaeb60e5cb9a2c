"""The announcement service's page: its commands run against a real service, and its tables are those of the code."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from documents import DOCS, blocks, run_bash
from services import RunningService, announcement
from tomaat_announce import announcement as rules
from tomaat_announce.settings import ServiceSettings

PAGE = DOCS / "announcement-service.md"
URL = "http://127.0.0.1:8001"
"""The service's address, as the page has it."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    running = RunningService(home=tmp_path / "home")
    running.start()
    yield running
    running.stop()


def test_the_page_runs(service: RunningService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOMAAT_HOME", str(service.home))
    found = [
        dataclasses.replace(block, text=block.text.replace(URL, service.url))
        for block in blocks(PAGE, language="bash", note="service")
    ]
    printed = run_bash(found, "", tmp_path)
    assert '{"status": 0, "error": ""}' in printed
    assert service.discover() == []  # the last one withdraws
    assert "revoked" in printed + service.command("keys", "list").stdout


def test_the_endpoint_of_the_page_is_an_endpoint(service: RunningService) -> None:
    (block,) = blocks(PAGE, note="endpoint")
    headers = {"X-API-Key": service.make_key()}
    real = httpx.post(f"{service.url}/v1/endpoints", json=announcement(), headers=headers).json()
    assert json.loads(block.text).keys() == real.keys()


def test_the_settings_of_the_page_are_read(tmp_path: Path) -> None:
    for block in blocks(PAGE, note="service settings"):
        (tmp_path / "announce.toml").write_text(block.text, encoding="utf-8")
        ServiceSettings.load(environment={"TOMAAT_HOME": str(tmp_path)})


def test_the_limits_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = {
        "one announcement": f"{ServiceSettings.max_body:,} bytes",
        "a URL": f"{rules.LONGEST['prediction_url']:,} characters",
        "`description`": f"{rules.LONGEST['description']:,} characters",
        "other texts": f"{rules.LONGEST_OTHER} characters",
        "`card`": f"{rules.LONGEST_CARD // 1024} KiB",
        "announcements of one key": f"{ServiceSettings.key_rate:,} a minute",
        "announcements from one address (IPv6: one /64)": f"{ServiceSettings.address_rate:,} a minute",
    }
    assert [what for what, limit in rows.items() if f"| {what} | {limit}" not in text] == []


def test_every_route_is_there(service: RunningService) -> None:
    """Those of the service's OpenAPI document."""
    text = PAGE.read_text(encoding="utf-8")
    paths = httpx.get(f"{service.url}/docs/openapi.json").raise_for_status().json()["paths"]
    missing = [path for path in paths if not re.search(rf"`(GET |POST |DELETE )?{re.escape(path)}`", text)]
    assert missing == []
