"""Jobs have so much of the disk, and no upload takes more."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

import images
from calls import ended, job, submit, until
from hosts import RunningHost
from wire import part, wire

StartHost = Callable[..., RunningHost]
CONFIG = "jobs_quota = 3000000"
PATHS = ["/v1/apps/positive/predict", "/v1/apps/positive/jobs", "/positive/predict"]
PIECE = bytes(100_000)


@pytest.mark.parametrize("path", PATHS)
def test_an_upload_over_the_quota_is_refused_before_it_comes(lean_host: RunningHost, path: str) -> None:
    with wire(lean_host) as line:
        line.head(path, length=3_000_001)
        answer = line.answer()
    assert answer.startswith(b"HTTP/1.1 507 ")
    assert b"retry-after" in answer.lower()
    assert lean_host.job_folders == []


@pytest.mark.parametrize("path", PATHS)
def test_one_that_does_not_say_how_long_it_is_is_refused_while_it_comes(
    lean: httpx.Client, lean_host: RunningHost, path: str
) -> None:
    with wire(lean_host) as line:
        line.head(path)
        line.chunk(part("image"))
        for _ in range(60):
            line.chunk(PIECE)
        answer = line.answer()
    assert answer.startswith(b"HTTP/1.1 507 ")
    until(lambda: lean_host.job_folders == [])
    assert lean.post(path, files={"image": bytes(2_900_000)}).status_code == 422, "all of it is free again"


def test_results_count_until_they_are_removed(start_lean: StartHost) -> None:
    host = start_lean("jobs_quota = 60000")
    image = images.file_of(images.ball((40, 40, 20)), "image.mha", compressed=False)
    with httpx.Client(base_url=host.url, timeout=30) as client:
        path = "/v1/apps/positive/jobs?format.labels=nii"
        kept = client.post("/v1/apps/positive/jobs?format.labels=nii", files={"image": image[:0] + image})
        assert kept.status_code == 507, "the image alone is larger"
    host.stop()
    host.config = "jobs_quota = 90000"
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        done = ended(client, client.post(path, files={"image": image}).json()["id"])
        assert done["state"] == "succeeded"
        assert done["results"][0]["size"] > 30_000
        until(lambda: client.post(path, files={"image": image}).status_code == 507)
        host.kill()
        host.start()
        assert client.post(path, files={"image": image}).status_code == 507, "what was there before counts"
        assert client.delete(f"/v1/jobs/{done['id']}").status_code == 204
        assert client.post(path, files={"image": image}).status_code == 202


def test_some_of_the_disk_stays_free(start_lean: StartHost) -> None:
    host = start_lean(f"min_free = {2**60}")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        for answer in (
            client.post("/v1/apps/positive/jobs", files={"image": PIECE}),
            client.put("/v1/apps/numbers/weights/x", content=PIECE),
        ):
            assert (answer.status_code, answer.json()["code"]) == (507, "quota_exceeded")
            assert "disk is nearly full" in answer.json()["detail"]


def test_jobs_without_files_are_let_in_within_the_quota(lean: httpx.Client) -> None:
    assert job(lean, submit(lean, "echo", number=1))["app"] == "echo"
