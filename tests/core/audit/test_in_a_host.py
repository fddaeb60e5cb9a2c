"""What a host's audit log says of what is done with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx

import images
from calls import ended, predict, submit, until
from hosts import RunningHost
from number_weights import number, put

StartHost = Callable[..., RunningHost]


def tomaat(host: RunningHost, *arguments: str) -> str:
    """What a command beside the host prints."""
    done = subprocess.run(
        [sys.executable, "-m", "tomaat", *arguments],
        env=os.environ | {"TOMAAT_HOME": str(host.home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def exported(host: RunningHost) -> list[dict[str, Any]]:
    return [json.loads(line) for line in tomaat(host, "audit", "export").splitlines()]


def test_a_job_is_told_from_its_upload_to_its_removal(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60, headers={"X-Request-Id": "audited"}) as http:
        job = submit(http, "positive", image=images.file_of(images.ball()))
        assert ended(http, job)["state"] == "succeeded"
        assert http.get(f"/v1/jobs/{job}/results/labels").status_code == 200
        assert http.delete(f"/v1/jobs/{job}").status_code == 204
        predict(http, "faulty", accept="text/plain", how="exception")
    until(lambda: len(exported(host)) >= 7)
    told = {row["action"]: row for row in exported(host) if row["app"] == "positive"}
    assert set(told) == {"job.accepted", "job.ended", "result.read", "job.removed"}
    accepted, over = told["job.accepted"], told["job.ended"]
    assert (accepted["request"], accepted["plugin"]) == ("audited", "tomaat_test_apps 1.0")
    assert len(accepted["inputs"]["image"]) == 64
    assert over["inputs"] == accepted["inputs"]
    assert over["outcome"] == "succeeded"
    assert all(row["job"] == job for row in told.values())
    assert [row["outcome"] for row in exported(host) if row["app"] == "faulty"] == ["", "internal_error"]
    assert "7 rows are as they were written" in tomaat(host, "audit", "verify")


def test_an_export_may_begin_and_end_somewhere(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as http:
        ended(http, submit(http, "echo", number=1))
    assert len(tomaat(host, "audit", "export", "--since", "1h").splitlines()) == 3
    assert tomaat(host, "audit", "export", "--until", "1h") == ""
    assert tomaat(host, "audit", "export", "--since", "2020-01-01", "--until", "2021-01-01T00:00") == ""
    assert tomaat(host, "audit", "prune", "--before", "2020-01-01", "--yes") == "Removed 0 rows.\n"


def test_jobs_of_an_earlier_run_go_on_in_it(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as http:
        job = submit(http, "sleeper", seconds=2)
        until(lambda: http.get(f"/v1/jobs/{job}").json()["state"] == "running")
    host.kill()
    host.start()
    assert [row["action"] for row in exported(host)].count("host.started") == 2
    with httpx.Client(base_url=host.url, timeout=60) as http:
        assert ended(http, job)["state"] == "succeeded"
    assert [row["action"] for row in exported(host) if row["job"] == job] == ["job.accepted", "job.ended"]
    host.stop()
    assert exported(host)[-1]["action"] == "host.stopped"
    assert "5 rows are as they were written" in tomaat(host, "audit", "verify")


def test_keys_are_told_with_what_was_done_to_them(start_lean: StartHost) -> None:
    host = start_lean()
    for command in (("create", "--owner", "Anna"), ("rotate", "1"), ("revoke", "1")):
        tomaat(host, "keys", *command)
    told = [row for row in exported(host) if row["action"].startswith("key.")]
    assert [row["action"] for row in told] == ["key.made", "key.changed", "key.revoked"]
    assert all((row["caller"], row["details"]) == ("host", {"key": 1}) for row in told)


def test_what_an_administrator_does_is_told(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as http:
        assert http.post("/v1/apps/echo/warm").status_code == 200
        assert http.post("/v1/apps/echo/stop").status_code == 202
        assert http.post("/v1/plugins/reload").status_code == 200
        assert put(http, "one", number(1)).status_code == 201
        assert http.delete("/v1/apps/numbers/weights/one").status_code == 204
    until(lambda: "plugins.reloaded" in [row["action"] for row in exported(host)])
    told = {row["action"]: row for row in exported(host)}
    assert told["weights.put"]["weights"] == told["weights.removed"]["weights"] != ""
    assert told["app.warmed"]["app"] == told["app.stopped"]["app"] == "echo"
