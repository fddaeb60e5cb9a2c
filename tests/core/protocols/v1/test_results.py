"""``GET /v1/jobs/{id}/results/{output}``: one result, in any of its formats, whole or in ranges."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
from calls import ended, running, submit


@pytest.fixture(scope="module")
def content() -> bytes:
    return images.file_of(images.ball())


@pytest.fixture(scope="module")
def path(lean_host: object, content: bytes) -> str:
    """The address of a segmentation's result."""
    with httpx.Client(base_url=lean_host.url, timeout=60) as client:  # type: ignore[attr-defined]
        job = ended(client, submit(client, "positive", image=content))
    assert job["state"] == "succeeded", job
    assert job["results"][0]["size"] > 0
    return str(job["results"][0]["href"])


@pytest.mark.parametrize("extension", ["nii.gz", "mha", "nrrd", "nii"])
def test_every_format_holds_the_same_labels_on_the_same_grid(
    lean: httpx.Client, path: str, content: bytes, extension: str
) -> None:
    response = lean.get(f"{path}.{extension}")
    assert response.status_code == 200, response.text
    assert f'filename="labels.{extension}"' in response.headers["content-disposition"]
    image, labels = images.read(content, "a.nii.gz"), images.read(response.content, f"labels.{extension}")
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(image) > 0)
    assert labels.GetSize() == image.GetSize()
    for mine, theirs in zip(images.grid_of(labels)[1:], images.grid_of(image)[1:], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)


def test_a_second_conversion_is_the_first(lean: httpx.Client, path: str) -> None:
    assert lean.get(f"{path}.nrrd").content == lean.get(f"{path}.nrrd").content


def test_the_accept_header_chooses_where_the_address_does_not(lean: httpx.Client, path: str) -> None:
    response = lean.get(path, headers={"Accept": "application/x-nrrd"})
    assert (response.headers["content-type"], response.content[:4]) == ("application/x-nrrd", b"NRRD")
    assert lean.get(path).headers["content-type"] == "application/gzip"


@pytest.mark.parametrize(("suffix", "accept"), [(".dcm", "*/*"), ("", "image/png"), (".", "image/png")])
def test_a_format_that_there_is_not_is_refused(lean: httpx.Client, path: str, suffix: str, accept: str) -> None:
    response = lean.get(path + suffix, headers={"Accept": accept})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
    assert "nii.gz" in response.json()["detail"] or "application/gzip" in response.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 10), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-3", 3, 4)],
)
def test_a_range_is_answered_with_that_range(
    lean: httpx.Client, path: str, asked: str, first: int, last: int | None
) -> None:
    whole = lean.get(path)
    assert whole.headers["accept-ranges"] == "bytes"
    part = lean.get(path, headers={"Range": asked})
    expected = whole.content[first:last]
    assert (part.status_code, part.content) == (206, expected)
    start = whole.content.index(expected) if first < 0 else first
    total = len(whole.content)
    assert part.headers["content-range"] == f"bytes {start}-{start + len(expected) - 1}/{total}"
    assert part.headers["content-length"] == str(len(expected))


@pytest.mark.parametrize("asked", ["bytes=10000000-", "bytes=10000000-10000001"])
def test_a_range_past_the_end_is_refused(lean: httpx.Client, path: str, asked: str) -> None:
    total = len(lean.get(path).content)
    response = lean.get(path, headers={"Range": asked})
    assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{total}")


def test_a_range_that_ends_past_the_end_gets_what_there_is(lean: httpx.Client, path: str) -> None:
    whole = lean.get(path).content
    response = lean.get(path, headers={"Range": f"bytes=2-{len(whole) + 50}"})
    assert (response.status_code, response.content) == (206, whole[2:])


def test_a_result_of_a_running_job_is_a_conflict(lean: httpx.Client) -> None:
    job = submit(lean, "sleeper", seconds=30)
    running(lean, job)
    response = lean.get(f"/v1/jobs/{job}/results/answer")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    lean.delete(f"/v1/jobs/{job}")


def test_a_failed_job_s_result_is_its_error(lean: httpx.Client) -> None:
    job = ended(lean, submit(lean, "faulty", how="nothing"))
    response = lean.get(f"/v1/jobs/{job['id']}/results/answer")
    assert (response.status_code, response.json()["code"]) == (500, "invalid_output")
    assert response.json()["detail"] == job["error"]["detail"]


@pytest.mark.parametrize("name", ["mask", "Labels", "..%2F..%2Ftomaat.db", "%2e%2e", "labels%2Fx"])
def test_another_name_is_not_found(lean: httpx.Client, path: str, name: str) -> None:
    response = lean.get(path.replace("/labels", f"/{name}"))
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
