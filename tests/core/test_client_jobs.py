"""Jobs of every kind through the client: all elements, and all ways to fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from hosts import RunningHost
from tomaat import Client
from tomaat.errors import Conflict, InternalError, InvalidOutput, JobError, WorkerDied, WorkerNotStarted


@pytest.fixture
def client(lean_host: RunningHost) -> Iterator[Client]:
    with Client(lean_host.url) as client:
        yield client


@pytest.fixture
def image() -> sitk.Image:
    return sitk.GetImageFromArray(np.arange(10**3, dtype=np.int16).reshape(10, 10, 10) - 500)


def test_points_and_transforms_go_in_and_out(client: Client, image: sitk.Image, tmp_path: Path) -> None:
    points = np.array([[1.5, -2.25, 1e-7], [0.1, 30.0, 4.0]])
    result = client.predict(
        "everything",
        fixed=image,
        moving=image,
        flag=False,
        choice="b",
        points=points,
        transform=sitk.TranslationTransform(3, (7.0, 8.0, 9.0)),
    )
    assert result.text("report") == "b False 2 points, moving: True"
    assert np.array_equal(result.result("marks").value, points + 1)
    linear = sitk.ReadTransform(str(result.save("linear", tmp_path)))
    assert np.allclose(linear.TransformPoint((0.0, 0.0, 0.0)), (7.0, 8.0, 9.0))
    for name in ("surface", "grid", "spline", "marks"):
        assert result.save(name, tmp_path).stat().st_size > 0


def test_points_may_be_a_list_a_text_or_a_file(client: Client, image: sitk.Image, tmp_path: Path) -> None:
    (tmp_path / "points.txt").write_text("1,2,3;4,5,6\n")
    for points in ([(1, 2, 3), (4, 5, 6)], "1,2,3;4,5,6", tmp_path / "points.txt"):
        result = client.predict("everything", fixed=image, points=points)
        assert result.result("marks").value == [[2, 3, 4], [5, 6, 7]]


def test_what_is_none_is_left_out(client: Client, image: sitk.Image) -> None:
    result = client.predict("everything", fixed=image, moving=None, points=None, level=None)
    assert result.text("report") == "a True 0 points, moving: False"


@pytest.mark.parametrize(
    ("how", "error"), [("exception", InternalError), ("exit", WorkerDied), ("nothing", InvalidOutput)]
)
def test_a_job_that_fails_raises_what_the_host_says(client: Client, how: str, error: type[JobError]) -> None:
    with pytest.raises(error) as caught:
        client.predict("faulty", how=how)
    assert "secret" not in caught.value.detail
    job = client.submit("faulty", how=how).wait()
    assert (job.state, type(job.error)) == ("failed", error)
    with pytest.raises(error):
        job.text("answer")


def test_an_app_that_can_not_be_loaded(client: Client) -> None:
    with pytest.raises(WorkerNotStarted):
        client.predict("unloadable")


def test_results_of_a_job_that_runs_are_not_there_yet(client: Client) -> None:
    job = client.submit("sleeper", seconds=30)
    with pytest.raises(Conflict, match="wait"):
        job.text("answer")
    job.cancel()
