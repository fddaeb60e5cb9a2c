"""A call that is sent again is the same job, whatever became of the first."""

from __future__ import annotations

import string
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import images
from calls import diary, ended, form, running, until
from hosts import RunningHost
from tomaat.errors import MalformedRequest
from tomaat.jobs.idempotency import check_key
from wire import CLOSING, part, wire

StartHost = Callable[..., RunningHost]
CONFIG = """
[apps.sleeper]
queue_limit = 1
"""


def post(client: httpx.Client, path: str, key: str, **fields: object) -> httpx.Response:
    return client.post(path, files=form(fields), headers={"Idempotency-Key": key})


@given(st.text())
def test_a_key_is_printable_ascii_and_not_too_long(key: str) -> None:
    good = 0 < len(key) <= 128 and set(key) <= set(string.ascii_letters + string.digits + string.punctuation + " ")
    if good:
        assert check_key(key) == key
    else:
        with pytest.raises(MalformedRequest):
            check_key(key)


def test_a_repeated_call_is_one_job(lean: httpx.Client, lean_host: RunningHost) -> None:
    first = post(lean, "/v1/apps/diary/jobs", "one job", number=41)
    again = post(lean, "/v1/apps/diary/jobs", "one job", number=41)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ended(lean, first.json()["id"])["state"] == "succeeded"
    late = post(lean, "/v1/apps/diary/jobs", "one job", number=41)
    assert (late.status_code, late.json()["state"]) == (200, "succeeded")
    assert [words[0] for words in diary(lean_host) if words[2] == "41"] == ["begin", "end"]
    assert first.json()["id"] in lean_host.job_folders


def test_another_key_or_app_or_none_is_another_job(lean: httpx.Client) -> None:
    ids = {
        post(lean, f"/v1/apps/{app}/jobs", key, number=1).json()["id"]
        for app, key in (("diary", "a"), ("diary", "b"), ("echo", "a"))
    }
    assert len(ids) == 3


@pytest.mark.parametrize(("query", "number"), [("", 2), ("?device=cpu", 1), ("?format.answer=txt", 1)])
def test_one_key_for_two_calls_is_refused(lean: httpx.Client, query: str, number: int) -> None:
    key = f"used{query}{number}"
    post(lean, "/v1/apps/echo/jobs", key, number=1)
    other = post(lean, f"/v1/apps/echo/jobs{query}", key, number=number)
    assert (other.status_code, other.json()["field"]) == (422, "Idempotency-Key")


def test_files_are_compared_by_their_digests(lean: httpx.Client, lean_host: RunningHost) -> None:
    ball, cube = images.file_of(images.ball()), images.file_of(images.ball((15, 12, 10)))
    first = post(lean, "/v1/apps/positive/jobs", "ball", image=ball)
    ended(lean, first.json()["id"])
    folders = lean_host.job_folders
    assert post(lean, "/v1/apps/positive/jobs", "ball", image=ball).json()["id"] == first.json()["id"]
    assert post(lean, "/v1/apps/positive/jobs", "ball", image=cube).status_code == 422
    assert lean_host.job_folders == folders


def test_a_repeated_call_that_waits_gets_the_first_one_s_results(lean: httpx.Client) -> None:
    answers = [post(lean, "/v1/apps/echo/predict", "waits", number=3) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_its_job_goes_on_when_its_client_leaves(lean: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        lean.post(
            "/v1/apps/diary/predict",
            files=form({"number": 42, "seconds": 1}),
            headers={"Idempotency-Key": "left"},
            timeout=0.5,
        )
    again = post(lean, "/v1/apps/diary/predict", "left", number=42, seconds=1)
    assert (again.status_code, again.json()["state"]) == (200, "succeeded")


def test_a_second_call_while_the_first_still_comes_is_told_so(lean: httpx.Client, lean_host: RunningHost) -> None:
    image = images.file_of(images.ball())
    with wire(lean_host) as line:
        line.head("/v1/apps/positive/jobs", length=len(part("image", image) + CLOSING), Idempotency_Key="coming")
        line.send(part("image", image))
        until(lambda: any((lean_host.home / "jobs").rglob("image")))
        assert post(lean, "/v1/apps/positive/jobs", "coming", image=image).status_code == 409
        line.send(CLOSING)
        assert b" 202 " in line.answer()
    assert post(lean, "/v1/apps/positive/jobs", "coming", image=image).status_code == 200


def test_a_repeated_call_needs_no_place_in_the_queue(lean: httpx.Client) -> None:
    one = post(lean, "/v1/apps/sleeper/jobs", "runs", seconds=30).json()["id"]
    running(lean, one)
    two = post(lean, "/v1/apps/sleeper/jobs", "waits", seconds=30).json()["id"]
    assert post(lean, "/v1/apps/sleeper/jobs", "third", seconds=30).status_code == 503
    assert post(lean, "/v1/apps/sleeper/jobs", "waits", seconds=30).json()["id"] == two
    for job in (two, one):
        lean.delete(f"/v1/jobs/{job}")
    again = post(lean, "/v1/apps/sleeper/jobs", "runs", seconds=0)
    assert again.status_code == 202, "a job that is forgotten has left its key to others"
    ended(lean, again.json()["id"])


@pytest.mark.parametrize("key", ["", "x" * 129, "ä".encode()])
def test_what_is_no_key_is_refused(lean: httpx.Client, key: str | bytes) -> None:
    answer = lean.post("/v1/apps/echo/jobs", files=form({"number": 1}), headers={b"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")


def test_a_key_outlives_a_kill_of_the_host(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        first = post(client, "/v1/apps/echo/jobs", "kept", number=9).json()["id"]
        ended(client, first)
    host.kill()
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert post(client, "/v1/apps/echo/jobs", "kept", number=9).json()["id"] == first
