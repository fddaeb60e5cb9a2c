"""A data folder with damage in it: the host starts, what is damaged fails with a sentence, all else goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import images
from calls import diary, ended, job, predict, submit, until
from hosts import RunningHost
from tomaat.errors import SettingsError
from tomaat.jobs.folders import JobFolders

StartHost = Callable[..., RunningHost]


@pytest.fixture
def full(start_lean: StartHost) -> Iterator[tuple[RunningHost, dict[str, str]]]:
    """A host that was killed under many jobs: ``first`` runs, the others wait; ``ended`` has results."""
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        jobs = {"ended": submit(client, "echo", number=1)}
        ended(client, jobs["ended"])
        jobs["first"] = submit(client, "diary", number=0, seconds=3)
        jobs |= {name: submit(client, "diary", number=number) for number, name in enumerate(("a", "b", "c"), start=1)}
        until(lambda: diary(host))
        host.kill()
    yield host, jobs
    host.kill()


def change(host: RunningHost, statement: str, *values: object) -> None:
    """Write into a host's database, as no host would."""
    connection = sqlite3.connect(host.home / "tomaat.db", isolation_level=None)
    connection.execute(statement, values)
    connection.close()


def test_rows_with_nonsense_fail_alone(full: tuple[RunningHost, dict[str, str]]) -> None:
    host, jobs = full
    change(host, "UPDATE jobs SET inputs = 'not JSON' WHERE id = ?", jobs["a"])
    change(host, "UPDATE jobs SET state = 'dreaming' WHERE id = ?", jobs["b"])
    change(host, "UPDATE jobs SET results = '[{\"colour\": 1}]', expires = NULL WHERE id = ?", jobs["ended"])
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        for name in ("a", "b"):
            found = ended(client, jobs[name])
            assert (found["state"], found["error"]["code"]) == ("failed", "internal_error")
            assert "damaged" in found["error"]["detail"]
            assert found["expires"]
        assert ended(client, jobs["ended"])["state"] == "failed"
        assert ended(client, jobs["c"])["state"] == "succeeded"
        assert ended(client, jobs["first"])["state"] == "succeeded"
        assert len(client.get("/v1/jobs").json()["jobs"]) == 5
        assert client.delete(f"/v1/jobs/{jobs['a']}").status_code == 204
        assert predict(client, "echo", number=1).status_code == 200
    assert "Traceback" not in host.log


def test_uploads_that_have_gone_fail_their_job_alone(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        submit(client, "positive", image=images.file_of(images.ball()))  # so that the worker is warm
        jobs = [submit(client, "positive", image=images.file_of(images.ball((48, 48, 48)))) for _ in range(8)]
        host.kill()
    with sqlite3.connect(host.home / "tomaat.db") as connection:
        states = dict(connection.execute("SELECT id, state FROM jobs").fetchall())
    waiting = [one for one in jobs if states[one] == "queued"]
    assert len(waiting) >= 4
    folder = host.home / "jobs"
    shutil.rmtree(folder / waiting[0])
    shutil.rmtree(folder / waiting[1] / "inputs")
    shutil.rmtree(folder / waiting[2])
    (folder / waiting[2]).write_text("a file in the folder's place", encoding="utf-8")
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        for one in waiting[:3]:
            found = ended(client, one)
            assert found["state"] == "failed"
            assert "uploads have gone" in found["error"]["detail"]
        assert {ended(client, one)["state"] for one in waiting[3:]} == {"succeeded"}
        for one in waiting:
            assert client.delete(f"/v1/jobs/{one}").status_code == 204
    until(lambda: not set(host.job_folders) & set(waiting))
    assert "Traceback" not in host.log


def test_results_that_have_gone_are_said(lean: httpx.Client, lean_host: RunningHost) -> None:
    jobs = [submit(lean, "echo", number=1) for _ in range(3)]
    links = [ended(lean, one)["results"][0]["href"] for one in jobs]
    shutil.rmtree(lean_host.home / "jobs" / jobs[0] / "results")
    shutil.rmtree(lean_host.home / "jobs" / jobs[1])
    (lean_host.home / "jobs" / jobs[1]).write_text("a file", encoding="utf-8")
    for link in links[:2]:
        answer = lean.get(link)
        assert answer.status_code == 404
        assert "gone from the host's disk" in answer.json()["detail"]
    assert lean.get(links[2]).status_code == 200
    for one in jobs:
        assert lean.delete(f"/v1/jobs/{one}").status_code == 204
    assert not set(jobs) & set(lean_host.job_folders)


def test_inputs_of_a_job_that_has_ended_are_removed_at_the_start(full: tuple[RunningHost, dict[str, str]]) -> None:
    host, jobs = full
    left = host.home / "jobs" / jobs["ended"] / "inputs"
    left.mkdir()
    (left / "image").write_bytes(b"a patient's")
    stray = host.home / "jobs" / "stray.txt"
    stray.write_bytes(b"")
    host.start()
    until(lambda: not left.exists() and not stray.exists())
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert client.get(job(client, jobs["ended"])["results"][0]["href"]).status_code == 200


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    folders = JobFolders(tmp_path / "jobs")
    for name in ("..", "", ".", "../weights", "/etc"):
        with pytest.raises(ValueError, match="no job"):
            folders.of(name)


def test_a_jobs_folder_that_can_not_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file", encoding="utf-8")
    with pytest.raises(SettingsError, match="folder jobs of the data folder can't be used"):
        JobFolders(tmp_path / "jobs")


def test_all_that_a_host_writes_is_for_its_user_alone(lean: httpx.Client, lean_host: RunningHost) -> None:
    one = submit(lean, "positive", image=images.file_of(images.ball()))
    ended(lean, one)
    home = lean_host.home
    # os.walk, unlike rglob, does not mind that the host removes folders meanwhile
    found = [Path(folder, name) for folder, folders, files in os.walk(home) for name in (*folders, *files)]
    paths = [path for path in found if path.name not in ("host.log", "tomaat.toml", "diary.txt")]
    assert [path for path in paths if is_open_to_others(path)] == []
    assert any(one in path.parts for path in paths)


def is_open_to_others(path: Path) -> bool:
    """Whether other users may do anything with a file; nobody can with one that is gone again."""
    try:
        return bool(path.stat().st_mode & 0o077)
    except FileNotFoundError:
        return False
