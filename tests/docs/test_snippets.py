"""The pages' examples run, each page from top to bottom."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from documents import DOCS, PAGES, README, Block, blocks, run_bash, run_python, runnable
from hosts import RunningHost
from tomaat import Client
from tomaat.settings import SECTIONS, TABLES, Settings

TUTORIAL = DOCS / "tutorial.md"
NOTES = (
    "not run: ",
    "plugin: ",
    "plugin folder: ",
    "plugin host",
    "file: ",
    "manifest: ",
    "script: ",
    "operation: ",
    "service",
    "endpoint",
    "first command",
    "test command",
)
"""The last five are what test_tutorial.py and test_readme.py go by; ``plugin`` is for test_plugin_blocks.py,
``manifest`` for test_manifest_page.py, ``service`` and ``endpoint`` for test_announcement_service_page.py,
``script`` for test_old_apps_page.py, ``operation`` for test_operation_page.py."""
RUN = [page for page in PAGES if page not in (README, TUTORIAL) and runnable(page, "bash") + runnable(page, "python")]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_a_page_runs(page: Path, host: RunningHost, folder: Path) -> None:
    run_bash(runnable(page, "bash"), host.url, folder)
    for block in runnable(page, "python"):
        run_python(block, host.url, folder)


@pytest.mark.parametrize("block", list(blocks(*PAGES)), ids=str)
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    assert not block.note or block.note.startswith(NOTES)
    assert block.language in ("bash", "python", "js", "json", "toml", "ini", "console", "text")


@pytest.mark.parametrize("block", list(blocks(*PAGES, language="json")), ids=str)
def test_json_is_json(block: Block) -> None:
    json.loads(block.text)


@pytest.mark.parametrize("block", [block for block in blocks(*PAGES, language="toml") if not block.note], ids=str)
def test_settings_files_are_read(block: Block, tmp_path: Path) -> None:
    config = tmp_path / "tomaat.toml"
    config.write_text(block.text, encoding="utf-8")
    settings = Settings.load(config=config, environment={})
    said = tomllib.loads(block.text)
    assert all(getattr(settings, name) == value for name, value in said.items() if name not in {*TABLES, *SECTIONS})
    for name in said.keys() & SECTIONS.keys():
        assert all(getattr(getattr(settings, name), key) == value for key, value in said[name].items())


def test_the_job_of_the_page_is_a_job(host: RunningHost, folder: Path) -> None:
    """Its keys are those of a real one, at every level."""
    shown = next(json.loads(block.text) for block in blocks(DOCS / "http.md", language="json") if '"id"' in block.text)
    with Client(host.url) as client:
        job = dict(client.predict("threshold", image=folder / "ct.nii.gz", level=0.3).json)
        client.cancel(job["id"])
    assert shown.keys() == job.keys()
    assert shown["results"][0].keys() == job["results"][0].keys()
    for part in ("progress", "timings", "links"):
        assert shown[part].keys() == job[part].keys()
    assert shown["provenance"].keys() <= job["provenance"].keys()


def test_the_error_of_the_page_is_that_error(host: RunningHost, folder: Path) -> None:
    page = DOCS / "http.md"
    shown = next(json.loads(block.text) for block in blocks(page, language="json") if '"code"' in block.text)
    ask = next(block for block in runnable(page, "bash") if "level=3" in block.text)
    answered = json.loads(run_bash([ask], host.url, folder))
    assert answered | {"request": shown["request"]} == shown  # each request has an id of its own


def test_the_interface_of_the_page_is_that_interface(host: RunningHost, folder: Path) -> None:
    page = DOCS / "tomaat-protocol.md"
    shown = next(json.loads(block.text) for block in blocks(page, language="json"))
    ask = next(block for block in runnable(page, "bash") if "/interface" in block.text)
    assert json.loads(run_bash([ask], host.url, folder)) == shown
