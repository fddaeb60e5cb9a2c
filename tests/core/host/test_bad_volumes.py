"""A volume that is none is refused over every protocol: a 4xx, the field, a sentence, and no trace on disk."""

from __future__ import annotations

import sqlite3

import httpx
import pytest

import broken_files
from calls import until
from hosts import RunningHost


def traces(host: RunningHost) -> tuple[list[str], set[str]]:
    """The host's job folders and rows."""
    with sqlite3.connect(host.home / "tomaat.db") as connection:
        return host.job_folders, {row[0] for row in connection.execute("select id from jobs").fetchall()}


@pytest.mark.parametrize("what", list(broken_files.VOLUMES))
def test_a_broken_volume_is_refused_and_leaves_no_trace(lean: httpx.Client, lean_host: RunningHost, what: str) -> None:
    content = broken_files.VOLUMES[what]()
    before = traces(lean_host)
    files = {"image": ("patient.nii.gz", content)}

    answer = lean.post("/v1/apps/positive/predict", files=files)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["field"] == "image"
    check_sentence(answer.json()["detail"])

    old = lean.post("/positive/predict", files=files)
    assert 400 <= old.status_code < 500, old.text
    (item,) = old.json()
    assert item["label"] == "Error!"
    check_sentence(item["content"])

    until(lambda: traces(lean_host) == before, seconds=3)


def check_sentence(detail: str) -> None:
    assert "'image'" in detail
    assert len(detail.split()) >= 5
    assert detail.endswith(".")
    for secret in ("/jobs/", "/tmp", "root:", "Traceback", "itk::"):
        assert secret not in detail


@pytest.mark.parametrize("what", list(broken_files.VOLUMES))
def test_a_broken_volume_is_refused_or_fails_as_a_job(lean: httpx.Client, lean_host: RunningHost, what: str) -> None:
    content = broken_files.VOLUMES[what]()
    answer = lean.post("/v1/apps/positive/jobs", files={"image": ("patient.nii.gz", content)})
    if answer.status_code == 202:
        path = answer.headers["location"]
        job = until(lambda: (found := lean.get(path).json())["state"] not in ("queued", "running") and found)
        assert (job["state"], job["error"]["code"], job["error"]["field"]) == ("failed", "invalid_input", "image")
        until(lambda: not (lean_host.home / "jobs" / job["id"] / "inputs").exists())
        lean.delete(path)
    else:
        assert 400 <= answer.status_code < 500
        assert answer.json()["field"] == "image"
