"""``GET /v1/jobs/{id}/inputs/{name}``: what came with a job, while it is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
from calls import ended, form, job, predict, running, send, submit, until
from hosts import RunningHost
from tomaat import Client

StartHost = Callable[..., RunningHost]


@pytest.fixture(scope="module")
def content() -> bytes:
    return images.file_of(images.ball())


def keep(client: httpx.Client, app: str, **fields: Any) -> dict[str, Any]:
    """A job that keeps its uploads, once it has ended."""
    response = send(client, f"/v1/apps/{app}/jobs?keep_inputs=true", **fields)
    assert response.status_code == 202, response.text
    return ended(client, response.json()["id"])


def test_a_kept_upload_is_there_as_it_came_and_in_every_format(
    lean: httpx.Client, lean_host: RunningHost, content: bytes
) -> None:
    kept = keep(lean, "everything", fixed=content, level=3)
    (upload,) = kept["inputs"]
    assert upload == {
        "name": "fixed",
        "type": "volume",
        "href": f"/v1/jobs/{kept['id']}/inputs/fixed",
        "formats": ["nii.gz", "nii", "mha", "nrrd"],
        "size": len(content),
        "kept": True,
    }
    assert kept["parameters"] == {"level": "3"}
    assert lean.get(upload["href"]).content == content
    assert lean.get(upload["href"], headers={"Range": "bytes=2-5"}).content == content[2:6]
    image = images.read(content, "image.nii.gz")
    for extension in upload["formats"]:
        response = lean.get(f"{upload['href']}.{extension}")
        assert response.status_code == 200, response.text
        again = images.read(response.content, f"image.{extension}")
        np.testing.assert_array_equal(sitk.GetArrayFromImage(again), sitk.GetArrayFromImage(image))
        assert (again.GetPixelID(), again.GetSize()) == (image.GetPixelID(), image.GetSize())
        for mine, theirs in zip(images.grid_of(again)[1:], images.grid_of(image)[1:], strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)
    folder = lean_host.home / "jobs" / kept["id"] / "inputs"
    assert {path.name for path in folder.iterdir()} == {"fixed", *(f"fixed.{each}" for each in upload["formats"])}
    lean.delete(f"/v1/jobs/{kept['id']}")
    assert (lean.get(upload["href"]).status_code, folder.exists()) == (404, False)


def test_a_dicom_series_comes_back_as_the_grid_that_the_app_saw(lean: httpx.Client) -> None:
    kept = keep(lean, "positive", image=images.series_of(images.ball()))
    assert kept["state"] == "succeeded", kept
    scan = images.read(lean.get(f"{kept['inputs'][0]['href']}.nii.gz").content, "scan.nii.gz")
    labels = images.read(lean.get(f"{kept['results'][0]['href']}.nii.gz").content, "labels.nii.gz")
    assert images.grid_of(scan) == images.grid_of(labels)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(scan) > 0, sitk.GetArrayFromImage(labels) > 0)


def test_uploads_that_are_not_kept_are_there_until_the_job_has_ended(lean: httpx.Client, content: bytes) -> None:
    before = submit(lean, "sleeper", seconds=30)
    running(lean, before)
    waits = submit(lean, "everything", fixed=content)
    found = job(lean, waits)
    for upload in found["inputs"]:  # it may have ended already
        assert (upload["kept"], lean.get(upload["href"]).status_code in (200, 404)) == (False, True)
    done = ended(lean, waits)
    assert done["inputs"] == []
    lean.delete(f"/v1/jobs/{before}")
    for address in ("fixed", "fixed.nii.gz"):
        gone = lean.get(f"/v1/jobs/{waits}/inputs/{address}")
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
        assert "keep_inputs" in gone.json()["detail"]


def test_what_is_wrong_is_said(lean: httpx.Client, content: bytes) -> None:
    kept = keep(lean, "faulty", how="exception", image=content)
    assert (kept["state"], kept["parameters"]) == ("failed", {"how": "exception"})
    there = f"/v1/jobs/{kept['id']}/inputs"
    assert lean.get(f"{there}/image").content == content
    for name, status in (("image.dcm", 406), ("how", 404), ("nothing", 404), ("..%2Fresults", 404)):
        assert lean.get(f"{there}/{name}").status_code == status, name
    damaged = keep(lean, "positive", image=content[:-60])
    refused = lean.get(f"/v1/jobs/{damaged['id']}/inputs/image.mha")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    wrong = send(lean, "/v1/apps/echo/jobs?keep_inputs=perhaps")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "keep_inputs")


def test_a_call_with_the_same_key_must_keep_alike(lean: httpx.Client, content: bytes) -> None:
    def submitted(query: str) -> httpx.Response:
        return lean.post(
            f"/v1/apps/positive/jobs{query}", files=form({"image": content}), headers={"Idempotency-Key": "keep alike"}
        )

    first = submitted("?keep_inputs=true").json()
    assert submitted("?keep_inputs=true").json()["id"] == first["id"]
    assert submitted("").status_code == 422


def test_kept_uploads_outlive_a_restart_and_go_with_the_results(start_lean: StartHost, content: bytes) -> None:
    host = start_lean("retention = 4.0\njobs_quota = 1000000000")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        kept, other = keep(client, "positive", image=content), predict(client, "positive", image=content).json()
        host.kill()
        host.start()
        inputs = [host.home / "jobs" / each["id"] / "inputs" for each in (kept, other)]
        if client.get(f"/v1/jobs/{kept['id']}").status_code == 200:  # a slow machine may be past the time already
            assert [folder.exists() for folder in inputs] == [True, False]
        until(lambda: host.job_folders == [])
    with sqlite3.connect(host.home / "tomaat.db") as connection:
        assert connection.execute("select count(*) from jobs").fetchone() == (0,)


def test_a_host_may_keep_none(start_lean: StartHost, content: bytes) -> None:
    host = start_lean("keep_inputs = false")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        sent = send(client, "/v1/apps/positive/jobs?keep_inputs=true", image=content)
        assert (sent.status_code, [each["kept"] for each in sent.json()["inputs"]]) == (202, [False])
        done = ended(client, sent.json()["id"])
        assert (done["inputs"], client.get(f"/v1/jobs/{done['id']}/inputs/image").status_code) == ([], 404)
        folder = host.home / "jobs" / done["id"] / "inputs"
        until(lambda: not folder.exists())


def test_the_client_asks_for_it(lean_host: RunningHost, content: bytes) -> None:
    with Client(lean_host.url) as client:
        done = client.predict("positive", image=content, keep_inputs=True)
        assert done.read_input("image") == content
        assert done.read_input("image", "nrrd")[:4] == b"NRRD"
        done.cancel()
