"""A job's own log: what its app says, for whoever owns the job."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from calls import ended, predict, submit, until
from hosts import RunningHost
from tomaat import Client
from tomaat.jobs.log import LogReader
from tomaat.workers.job_log import FILE, FULL, MOST, JobLog
from tomaat.workers.work import Work

SAID = ("logged", "warned", "printed", "complained", "python warned", "a thread printed", "wrote", "a child echoed")


def test_it_has_all_that_the_app_says(lean: httpx.Client, lean_host: RunningHost) -> None:
    job = submit(lean, "talker", points="3.125,4,5")
    assert ended(lean, job)["state"] == "succeeded"
    log = lean.get(f"/v1/jobs/{job}/log")
    assert log.headers["content-type"] == "text/plain; charset=utf-8"
    for said in SAID:
        assert f"{said} 3.125" in log.text
    assert "no line break at the end" in log.text
    assert "stage infer" in log.text
    assert "3.125" not in lean_host.log


def test_what_a_thread_says_after_its_job_is_not_in_the_host_s_log(lean: httpx.Client, lean_host: RunningHost) -> None:
    predict(lean, "talker", points="9.375,4,5")
    predict(lean, "sleeper", seconds=0.5)
    assert "talker is being loaded" in lean_host.log
    assert "9.375" not in lean_host.log


def test_it_comes_as_json_lines(lean: httpx.Client) -> None:
    job = submit(lean, "talker")
    ended(lean, job)
    answer = lean.get(f"/v1/jobs/{job}/log", headers={"Accept": "application/x-ndjson"})
    lines = [json.loads(line) for line in answer.text.splitlines()]
    levels = {line["message"]: line["level"] for line in lines}
    assert levels["logged nothing"] == "info"
    assert levels["warned nothing"] == "warning"
    assert levels["wrote nothing"] == "raw"
    assert lean.get(f"/v1/jobs/{job}/log", headers={"Accept": "image/png"}).status_code == 406


def test_what_an_exception_says_is_in_it_and_not_in_the_host_s_log(lean: httpx.Client, lean_host: RunningHost) -> None:
    job = submit(lean, "talker", points="7.625,4,5", fail="true")
    assert ended(lean, job)["error"]["code"] == "internal_error"
    assert "ValueError: raised 7.625" in lean.get(f"/v1/jobs/{job}/log").text
    until(lambda: f"job {job} failed" in lean_host.log)
    assert "7.625" not in lean_host.log
    assert "tomaat_talking_apps.py" in lean_host.log


def test_it_comes_live_with_the_job_s_events(lean: httpx.Client, lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        job = client.submit("talker", seconds=2)
        lines = client.follow_log(job)
        first = next(line for line in lines if line.message == "printed nothing")
        assert client.job(job).state == "running"
        rest = [str(line) for line in lines]
    assert first.level == "info"
    assert any("stage encode" in line for line in rest)
    assert ended(lean, job.id)["state"] == "succeeded"


def test_a_client_that_watches_a_job_sees_the_job_alone(lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        states = [seen.state for seen in client.watch(client.submit("talker", seconds=0.5))]
        assert states[-1] == "succeeded"
        assert "printed nothing" in client.jobs(app="talker", limit=1)[0].log()


def test_it_has_an_end(lean: httpx.Client) -> None:
    job = submit(lean, "chatterbox", lines=30_000)
    assert ended(lean, job)["state"] == "succeeded"
    log = lean.get(f"/v1/jobs/{job}/log").text
    assert len(log) < 1.3 * MOST
    assert log.rstrip().endswith(FULL)


def test_a_job_whose_client_gets_the_results_at_once_has_none(lean: httpx.Client, lean_host: RunningHost) -> None:
    response = predict(lean, "talker", accept="text/plain")
    assert response.text == "talked"
    until(lambda: response.headers["X-Job-Id"] not in lean_host.job_folders)


def test_it_goes_with_the_job(lean: httpx.Client) -> None:
    job = submit(lean, "talker")
    ended(lean, job)
    assert lean.delete(f"/v1/jobs/{job}").status_code == 204
    assert lean.get(f"/v1/jobs/{job}/log").status_code == 404


def test_lines_are_read_once_and_whole(tmp_path: Path) -> None:
    log = JobLog(Work("1", "talker", tmp_path, logged=True))
    reader = LogReader(tmp_path)
    assert reader.more() == []
    log.say(20, "first")
    assert [line.message for line in reader.more()] == ["first"]
    with (tmp_path / FILE).open("a", encoding="utf-8") as raw:
        raw.write("half a ")
        raw.flush()
        assert reader.more() == []
        raw.write("line")
        raw.flush()
        assert [line.message for line in reader.more(ended=True)] == ["half a line"]


def test_nobody_else_on_the_machine_can_read_it(tmp_path: Path) -> None:
    JobLog(Work("1", "talker", tmp_path, logged=True)).say(20, "first")
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
