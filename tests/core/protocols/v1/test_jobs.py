"""``/v1/jobs``: submit, look, watch, list."""

from __future__ import annotations

import json

import httpx
import pytest

from calls import ended, form, job, running, submit


def events_of(client: httpx.Client, job_id: str) -> list[dict]:
    """What events say of a job until the host ends the stream; its log comes between them."""
    with client.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        text = response.read().decode()
    blocks = [block for block in text.split("\n\n") if block.startswith("event: job")]
    return [json.loads(block.splitlines()[1].removeprefix("data: ")) for block in blocks]


def test_a_submitted_job_is_acknowledged_with_its_address(lean: httpx.Client) -> None:
    response = lean.post("/v1/apps/echo/jobs", files=form({"number": 4}))
    assert response.status_code == 202
    shown = response.json()
    assert response.headers["location"] == f"/v1/jobs/{shown['id']}" == shown["links"]["self"]
    assert shown["state"] in ("queued", "running")
    assert ended(lean, shown["id"])["results"][0]["value"] == "one 4"


def test_events_tell_of_progress_until_the_end(lean: httpx.Client) -> None:
    events = events_of(lean, submit(lean, "sleeper", seconds=0.5))
    fractions = [event["progress"]["fraction"] for event in events]
    assert fractions == sorted(fractions)
    assert any(0 < fraction < 1 for fraction in fractions)
    assert any(event["progress"]["message"].startswith("slept") for event in events)
    assert [event["state"] for event in events][-1] == "succeeded"
    assert [event["state"] for event in events].count("succeeded") == 1
    assert events[-1]["results"][0]["name"] == "answer"


def test_events_of_a_job_that_has_ended_are_its_end(lean: httpx.Client) -> None:
    job_id = submit(lean, "echo")
    ended(lean, job_id)
    (event,) = events_of(lean, job_id)
    assert event == job(lean, job_id)


def test_events_end_when_the_job_is_cancelled(lean: httpx.Client) -> None:
    job_id = submit(lean, "sleeper", seconds=30)
    running(lean, job_id)
    with lean.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        lines = response.iter_lines()
        next(lines)
        assert lean.delete(f"/v1/jobs/{job_id}").status_code == 204
        rest = [line for line in lines if line.startswith("data: ")]
    assert json.loads(rest[-1].removeprefix("data: "))["state"] == "cancelled"


def test_a_failed_job_shows_its_error(lean: httpx.Client) -> None:
    shown = ended(lean, submit(lean, "faulty", how="nothing"))
    assert (shown["state"], shown["results"]) == ("failed", [])
    assert shown["error"]["code"] == "invalid_output"
    assert set(shown["error"]) == {"code", "detail", "field"}
    assert shown["progress"]["fraction"] < 1


def test_a_job_can_ask_for_formats(lean: httpx.Client) -> None:
    response = lean.post("/v1/apps/positive/jobs?format.labels=dcm", files=form({"image": b"x"}))
    assert response.status_code == 406


def test_jobs_are_listed_newest_first_by_app_and_state(lean: httpx.Client) -> None:
    good, bad = submit(lean, "faulty", how="fine"), submit(lean, "faulty", how="nothing")
    for one in (good, bad):
        ended(lean, one)

    def listed(query: str) -> list[str]:
        return [found["id"] for found in lean.get(f"/v1/jobs?{query}").json()["jobs"]]

    assert listed("app=faulty&limit=2") == [bad, good]
    assert listed("app=faulty&limit=1") == [bad]
    assert good in listed("app=faulty&state=succeeded")
    assert bad not in listed("app=faulty&state=succeeded")
    assert {good, bad} <= set(listed("state=succeeded&state=failed"))
    assert listed("app=no-such-app") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("limit=-1", "limit"),
        ("state=x", "state"),
    ],
)
def test_a_wrong_parameter_is_named(lean: httpx.Client, query: str, field: str) -> None:
    response = lean.get(f"/v1/jobs?{query}")
    assert (response.status_code, response.json()["field"]) == (400, field)


@pytest.mark.parametrize("path", ["/v1/jobs/none", "/v1/jobs/none/events", "/v1/jobs/none/results/answer"])
def test_an_unknown_job_is_not_found(lean: httpx.Client, path: str) -> None:
    response = lean.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
