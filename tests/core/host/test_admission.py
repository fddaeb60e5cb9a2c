"""Who is let in, and how the others are told: before their uploads, and so that they hear it."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

import images
from calls import ended, form, predict, running, send, submit, until
from hosts import RunningHost
from wire import CLOSING, part, wire

CONFIG = """
max_uploads = 2
[apps.sleeper]
queue_limit = 5
[apps.positive]
max_upload = 1000000
[apps.everything]
queue_limit = 1
"""
BIG = 200_000
PATHS = ["/v1/apps/positive/predict", "/v1/apps/positive/jobs", "/positive/predict"]


def test_many_calls_at_once_fill_the_queue_and_no_more(lean: httpx.Client, lean_host: RunningHost) -> None:
    def call(number: int) -> httpx.Response:
        with httpx.Client(base_url=lean_host.url, timeout=60) as client:
            return predict(client, "sleeper", seconds=0.2)

    with ThreadPoolExecutor(40) as callers:
        answers = list(callers.map(call, range(40)))
    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) == {200, 503}
    assert counted[200] >= 6, "one that runs and five that wait"
    for answer in answers:
        if answer.status_code == 503:
            problem = answer.json()
            assert (problem["code"], problem["limit"]) == ("busy", 5)
            assert problem["queue"] >= 5
            assert 1 <= int(answer.headers["Retry-After"]) <= 300
    assert lean.get("/v1/apps/sleeper").json()["queue"] == 0


def test_a_place_is_kept_for_an_upload_and_given_back(lean: httpx.Client, lean_host: RunningHost) -> None:
    image = images.file_of(images.ball())
    with wire(lean_host) as one, wire(lean_host) as two:
        for line in (one, two):  # one could run at once, one may wait
            line.head("/v1/apps/everything/jobs", length=len(image) + 100_000)
            line.send(part("fixed", image))
        until(lambda: len(list((lean_host.home / "jobs").rglob("fixed"))) == 2)
        refused = send(lean, "/v1/apps/everything/jobs", fixed=image)
        assert (refused.status_code, refused.json()["queue"]) == (503, 2)
    until(lambda: send(lean, "/v1/apps/everything/jobs", fixed=b"nonsense").status_code == 422)
    assert predict(lean, "everything", fixed=image).status_code == 200


def test_so_many_uploads_at_once_but_texts_pass(lean: httpx.Client, lean_host: RunningHost) -> None:
    with wire(lean_host) as one, wire(lean_host) as two:
        for line in (one, two):
            line.head("/v1/apps/positive/jobs", length=BIG)
            line.send(part("image", bytes(1000)))
        until(lambda: len(list((lean_host.home / "jobs").rglob("image"))) == 2)
        for path in PATHS:
            refused = lean.post(path, files={"image": bytes(BIG)})
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
        assert lean.put("/v1/apps/numbers/weights/x", content=bytes(BIG)).status_code == 503
        assert predict(lean, "echo", number=1).status_code == 200
    until(lambda: lean.post(PATHS[0], files={"image": bytes(BIG)}).status_code == 422)


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_waits_for_100_continue_sends_nothing(lean_host: RunningHost, path: str) -> None:
    with wire(lean_host) as line:
        line.head(path, length=2_000_000, Expect="100-continue")
        answer = line.answer()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer


@pytest.mark.parametrize("path", PATHS)
def test_a_client_that_sends_all_before_it_looks_is_told_too(
    lean: httpx.Client, lean_host: RunningHost, path: str
) -> None:
    with wire(lean_host) as line:
        line.head(path, length=30_000_000)
        line.send(bytes(30_000_000))
        answer = line.answer()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"the app 'positive' takes" in answer
    assert predict(lean, "echo", number=1).status_code == 200


def test_other_apps_take_as_much_as_the_host(lean: httpx.Client) -> None:
    answer = send(lean, "/v1/apps/everything/predict", fixed=bytes(1_500_000))
    assert answer.status_code == 422


def test_how_long_to_wait_is_told_by_how_long_jobs_ran(lean: httpx.Client) -> None:
    for _ in range(8):
        ended(lean, submit(lean, "sleeper", seconds=0.1))
    running(lean, first := submit(lean, "sleeper", seconds=30))
    waiting = [submit(lean, "sleeper", seconds=30) for _ in range(5)]
    refused = lean.post("/v1/apps/sleeper/jobs", files=form({"seconds": 1}))
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    for one in (*waiting, first):
        lean.delete(f"/v1/jobs/{one}")


def test_a_refusal_comes_at_once(lean: httpx.Client, lean_host: RunningHost, tmp_path: Path) -> None:
    running(lean, first := submit(lean, "sleeper", seconds=30))
    waiting = [submit(lean, "sleeper", seconds=30) for _ in range(5)]
    begun = time.monotonic()
    with wire(lean_host) as line:
        line.head("/v1/apps/sleeper/jobs", length=10**9)
        assert line.answer().startswith(b"HTTP/1.1 503 ")
    assert time.monotonic() - begun < 4
    for one in (*waiting, first):
        lean.delete(f"/v1/jobs/{one}")


def test_a_whole_form_after_a_refused_one_is_taken(lean_host: RunningHost) -> None:
    with wire(lean_host) as line:
        line.head("/v1/apps/echo/predict", length=len(part("nothing", b"1") + CLOSING))
        line.send(part("nothing", b"1") + CLOSING)
        assert line.answer().startswith(b"HTTP/1.1 422 ")
        line.head("/v1/apps/echo/predict", length=len(part("number", b"1") + CLOSING))
        line.send(part("number", b"1") + CLOSING)
        assert line.answer().startswith(b"HTTP/1.1 200 ")
