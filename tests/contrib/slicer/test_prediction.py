"""A call from Slicer's module, from the form to files that Slicer loads."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
from calls import until
from hosts import RunningHost
from slicer_tasks import events_of, failure_of
from tomaat_slicer.errors import Cancelled, JobFailed, Refused
from tomaat_slicer.host import App, Host
from tomaat_slicer.results import Result
from tomaat_slicer.task import Failed, Progress, Task

Begin = Callable[[str, dict[str, Any]], Task]
Call = Callable[..., list[Result]]


def jobs_of(host: RunningHost) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{host.url}/v1/jobs", verify=False).json()["jobs"]
    return found


@pytest.fixture
def results(call: Call, volume: Path) -> dict[str, Result]:
    """What one call of ``everything`` gives, by name."""
    points = [(1.0, 2.0, 3.0), (-4.5, 0.0, 60.0)]
    found = call("everything", fixed=volume, level=0.5, flag=False, choice="b", points=points)
    return {result.name: result for result in found}


def test_every_result_has_a_loader_and_a_name_for_people(results: dict[str, Result]) -> None:
    assert [(result.name, result.loader) for result in results.values()] == [
        ("labels", "segmentation"),
        ("surface", "model"),
        ("report", "text"),
        ("marks", "markups"),
        ("grid", "transform"),
        ("spline", "transform"),
        ("linear", "transform"),
    ]
    assert results["labels"].title == "everything: labels"
    assert results["report"].text == "b False 2 points, moving: False"


def test_labels_are_a_segmentation_on_the_grid_that_was_sent(results: dict[str, Result]) -> None:
    path = results["labels"].path
    assert path is not None
    assert path.name == "labels.seg.nrrd"
    labels = sitk.ReadImage(str(path))
    for shown, sent in zip(images.grid_of(labels), images.grid_of(images.ball()), strict=True):
        assert shown == pytest.approx(sent, abs=1e-12)  # NRRD keeps the product of spacing and direction
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(images.ball()) > 0.5)
    said = {key: labels.GetMetaData(key) for key in labels.GetMetaDataKeys() if key.startswith("Segment0_")}
    assert said["Segment0_Name"] == "bright"
    assert said["Segment0_Color"] == "0 1 0"
    assert (said["Segment0_LabelValue"], said["Segment0_Layer"]) == ("1", "0")
    assert said["Segment0_Extent"] == "0 13 0 11 0 9"


def test_points_and_transforms_and_surfaces_are_in_files_that_say_lps(results: dict[str, Result]) -> None:
    paths = {name: result.path for name, result in results.items() if result.path}
    (markup,) = json.loads(paths["marks"].read_text(encoding="utf-8"))["markups"]
    assert markup["coordinateSystem"] == "LPS"
    # The app adds one millimetre to each coordinate, in LPS; the points were RAS.
    assert [point["position"] for point in markup["controlPoints"]] == [[0.0, -1.0, 4.0], [5.5, 1.0, 61.0]]
    assert b"SPACE=LPS" in paths["surface"].read_bytes()[:256]
    for name in ("grid", "linear"):
        moved = sitk.ReadTransform(str(paths[name])).TransformPoint((5.0, 5.0, 5.0))
        np.testing.assert_allclose(moved, (6.0, 7.0, 8.0), atol=1e-5)


def test_the_host_forgets_what_was_fetched(results: dict[str, Result], tls_host: RunningHost) -> None:
    assert results
    assert until(lambda: tls_host.job_folders == [])


def test_progress_is_told_in_words(begin: Begin) -> None:
    *told, last = events_of(begin("sleeper", {"seconds": 1.5}))
    texts = [event.text for event in told if isinstance(event, Progress)]
    assert texts[0].startswith("Sending to https://")
    slept = [event for event in told if isinstance(event, Progress) and event.text.startswith("slept")]
    assert slept
    assert all(event.fraction is not None and 0 < event.fraction <= 1 for event in slept)
    assert not isinstance(last, (Progress, Failed))


def test_a_large_upload_is_told_of(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "large.nrrd"
    path.write_bytes(images.file_of(sitk.Image(160, 160, 160, sitk.sitkInt16), "large.nrrd", compressed=False))
    told = [event for event in events_of(begin("positive", {"image": path})) if isinstance(event, Progress)]
    sent = [event.fraction for event in told if "MB" in event.text]
    assert sent == sorted(sent)
    assert sent[-1] == 1.0


def test_cancelling_ends_the_job_at_the_host(begin: Begin, tls_host: RunningHost) -> None:
    task = begin("sleeper", {"seconds": 60.0})
    until(lambda: [job for job in jobs_of(tls_host) if job["state"] == "running"], 40)
    asked = time.monotonic()
    task.cancel()
    assert isinstance(failure_of(task), Cancelled)
    assert time.monotonic() - asked < 10
    assert until(lambda: not [job for job in jobs_of(tls_host) if job["app"] == "sleeper"])


def test_cancelling_ends_an_upload(begin: Begin, tmp_path: Path, tls_host: RunningHost) -> None:
    path = tmp_path / "large.nrrd"
    path.write_bytes(images.file_of(sitk.Image(200, 200, 200, sitk.sitkInt16), "large.nrrd", compressed=False))
    task = begin("positive", {"image": path})
    task.cancel()
    assert isinstance(failure_of(task), Cancelled)
    assert until(lambda: tls_host.job_folders == [])


def test_what_the_host_refuses_comes_as_its_own_sentence(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "none.nrrd"
    path.write_bytes(b"no volume")
    error = failure_of(begin("positive", {"image": path}))
    assert isinstance(error, Refused)
    assert (error.status, error.code, error.field) == (422, "invalid_input", "image")
    assert error.detail.startswith("'image' can't be read: a volume was expected")


def test_a_refusal_arrives_though_a_large_file_is_still_on_its_way(begin: Begin, tmp_path: Path) -> None:
    path = tmp_path / "none.nrrd"
    path.write_bytes(bytes(48 * 2**20))
    error = failure_of(begin("positive", {"image": path}))
    assert isinstance(error, Refused)
    assert error.field == "image"


@pytest.mark.parametrize(("how", "words"), [("exit", "process"), ("nothing", "answer")])
def test_a_job_that_fails_says_why(begin: Begin, how: str, words: str) -> None:
    error = failure_of(begin("faulty", {"how": how}))
    assert isinstance(error, JobFailed)
    assert words in error.detail


def test_an_app_that_is_gone_is_said(found: tuple[Host, dict[str, App]]) -> None:
    with pytest.raises(Refused) as raised:
        found[0].app("gone")
    assert (raised.value.status, raised.value.code) == (404, "not_found")
