"""A disk that is full: what comes is refused whole, what runs says so, and all goes on when there is room again."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
from calls import ended, predict, send, submit, until, workers
from hosts import RunningHost

StartHost = Callable[..., RunningHost]

UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture
def host(start_lean: StartHost) -> RunningHost:
    return start_lean()


@pytest.fixture
def client(host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client


def limit_files(process: int, size: int) -> None:
    """Let a running process write no file beyond ``size`` bytes, as if the disk ended there."""
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def noise() -> bytes:
    """A volume of some megabytes that no compression makes smaller."""
    values = np.random.default_rng(0).integers(-30000, 30000, (96, 128, 128), dtype=np.int16)
    return images.file_of(sitk.GetImageFromArray(values))


def test_uploads_are_refused_whole(host: RunningHost, client: httpx.Client) -> None:
    image = noise()
    limit_files(host.process.pid, 10**6)
    for path in ("/v1/apps/positive/predict", "/v1/apps/positive/jobs", "/positive/predict"):
        answer = send(client, path, image=image)
        assert answer.status_code == 507, answer.text
        assert "disk is full" in answer.text
    assert send(client, "/v1/apps/positive/jobs", image=image).headers["Retry-After"] == "60"
    until(lambda: host.job_folders == [])
    assert predict(client, "echo", number=1).status_code == 200  # what needs no room goes on
    limit_files(host.process.pid, UNLIMITED)
    assert predict(client, "positive", image=images.file_of(images.ball())).status_code == 200
    assert "Traceback" not in host.log


def test_a_database_that_can_not_grow(host: RunningHost, client: httpx.Client) -> None:
    job = submit(client, "diary", number=1, seconds=2)
    until(lambda: client.get("/v1/apps/diary").json()["state"] == "busy")
    limit_files(host.process.pid, 100)
    answers = [predict(client, "echo", number=1) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {503}
    assert answers[-1].json()["code"] == "unavailable"
    assert client.get("/readyz").status_code == 503
    assert ended(client, job)["state"] == "succeeded"
    limit_files(host.process.pid, UNLIMITED)
    until(lambda: client.get("/readyz").status_code == 200)
    until(lambda: client.get("/v1/jobs").json()["jobs"][0]["state"] == "succeeded")
    assert predict(client, "echo", number=1).status_code == 200
    assert "Traceback" not in host.log


def test_a_job_that_can_not_write_its_results_says_so(host: RunningHost, client: httpx.Client) -> None:
    image = images.file_of(images.ball())
    ended(client, submit(client, "positive", image=image))
    (worker,) = workers(host)
    limit_files(worker, 50)
    failed = ended(client, submit(client, "positive", image=image))
    assert (failed["state"], failed["error"]["code"]) == ("failed", "quota_exceeded"), failed
    assert "disk is full" in failed["error"]["detail"]
    limit_files(worker, UNLIMITED)
    assert ended(client, submit(client, "positive", image=image))["state"] == "succeeded"
