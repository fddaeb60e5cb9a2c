"""``tomaat top``, ``tomaat jobs log`` and ``tomaat jobs purge``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import httpx

from calls import ended, running, submit
from hosts import RunningHost
from tomaat import Client

StartHost = Callable[..., RunningHost]


def tomaat(*arguments: str, sent: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tomaat", *arguments]
    return subprocess.run(command, input=sent, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_top_shows_what_runs_in_eighty_columns(lean: httpx.Client, lean_host: RunningHost) -> None:
    job = submit(lean, "sleeper", seconds=30)
    running(lean, job)
    done = tomaat("top", "--once", lean_host.url)
    lean.delete(f"/v1/jobs/{job}")
    assert done.returncode == 0, done.stderr
    [worker] = [line for line in done.stdout.splitlines() if job in line]
    assert worker.split()[1:3] == ["sleeper", "busy"]
    assert "1 running, 0 queued" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "cold: " in done.stdout


def test_the_host_s_figures_are_there_for_programs(lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        host = client.host()
    assert host["memory"]["host"] > 2**20
    assert host["disk"]["free"] > 0
    assert host["uptime"] > 0


def test_a_log_is_shown_and_followed(lean: httpx.Client, lean_host: RunningHost) -> None:
    job = submit(lean, "talker", seconds=1)
    assert "INFO printed nothing" in tomaat("jobs", "log", "--follow", job, lean_host.url).stdout
    assert ended(lean, job)["state"] == "succeeded"
    shown = tomaat("jobs", "log", job, lean_host.url).stdout
    assert "stage encode" in shown
    missing = tomaat("jobs", "log", "none", lean_host.url)
    assert (missing.returncode, "no such job" in missing.stderr) == (1, True)


def test_purging_removes_what_has_ended_and_was_meant(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as http:
        good = submit(http, "echo", number=1)
        bad = submit(http, "faulty", how="exception")
        ended(http, good)
        ended(http, bad)
        busy = submit(http, "sleeper", seconds=30)
        assert tomaat("jobs", "purge", host.url).returncode == 2
        assert tomaat("jobs", "purge", "--all", "--app", "echo", host.url).returncode == 2
        assert tomaat("jobs", "purge", "--all", host.url, sent="n\n").returncode == 1
        assert tomaat("jobs", "purge", "--older-than", "1h", "--yes", host.url).stdout == "Removed 0 jobs.\n"
        assert tomaat("jobs", "purge", "--state", "failed", "--yes", host.url).stdout == "Removed 1 job.\n"
        assert [job["id"] for job in http.get("/v1/jobs").json()["jobs"]] == [busy, good]
        assert tomaat("jobs", "purge", "--all", host.url, sent="y\n").stdout.endswith("Removed 1 job.\n")
        assert host.job_folders == [busy]
        assert http.delete("/v1/jobs", params={"state": "running"}).status_code == 400
        assert http.delete("/v1/jobs", params={"older_than": "a day"}).status_code == 400
        http.delete(f"/v1/jobs/{busy}")
