"""The spleen app: the contract, and that its label maps are right, by weights that were trained on such abdomens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from spleen import abdomen, dice
from tomaat.image import Grid
from tomaat.surface_file import read_surface
from tomaat.testing import AppContract, Subject, Trial
from tomaat_spleenseg.app import largest_piece

Try = Callable[..., Trial]


@pytest.fixture(scope="module", autouse=True)
def weights(spleen_weights: Path) -> None:
    TestContract.weights = spleen_weights


class TestContract(AppContract):
    app = "spleen"


@pytest.fixture(scope="module")
def subject(spleen_weights: Path) -> Iterator[Subject]:
    with Subject.of("spleen", weights=spleen_weights) as subject:
        yield subject


@pytest.fixture(scope="module")
def truth() -> sitk.Image:
    return abdomen()[1]


@pytest.fixture(scope="module")
def trial(subject: Subject) -> Trial:
    """What the app finds in an abdomen that its weights were not trained on."""
    subject.sample = lambda image: {"image": abdomen()[0], "largest": True}
    return subject.run(abdomen()[0])


def test_it_finds_the_spleen_on_the_ct_s_own_grid(trial: Trial, truth: sitk.Image) -> None:
    labels = sitk.ReadImage(str(trial.results["labels"]))
    assert dice(labels, truth) > 0.85
    assert labels.GetPixelID() == sitk.sitkUInt8
    assert Grid.of(labels).matches(Grid.of(truth))


def test_the_largest_component_is_one_piece(trial: Trial) -> None:
    components = sitk.ConnectedComponent(sitk.ReadImage(str(trial.results["labels"])), True)
    assert int(sitk.GetArrayViewFromImage(components).max()) == 1


def test_the_report_says_the_volume_in_millilitres(trial: Trial) -> None:
    labels = sitk.ReadImage(str(trial.results["labels"]))
    millilitres = int(sitk.GetArrayViewFromImage(labels).sum()) * 2 * 2 * 5 / 1000
    assert trial.results["report"].read_text(encoding="utf-8") == f"spleen: {millilitres:.1f} ml"


def test_the_surface_lies_around_the_spleen(trial: Trial, truth: sitk.Image) -> None:
    """Both in LPS millimetres: to the left, where x grows."""
    bounds = read_surface(trial.results["surface"]).GetBounds()
    z, y, x = np.nonzero(sitk.GetArrayViewFromImage(truth))
    first, last = (truth.TransformIndexToPhysicalPoint((int(f(x)), int(f(y)), int(f(z)))) for f in (np.min, np.max))
    assert np.allclose([bounds[0], bounds[2], bounds[4]], first, atol=10)
    assert np.allclose([bounds[1], bounds[3], bounds[5]], last, atol=10)


def test_only_the_largest_piece_is_left() -> None:
    voxels = np.zeros((6, 7, 8), np.uint8)
    voxels[1:3, 1:3, 1:3] = 1
    voxels[4:6, 4:7, 4:7] = 1
    labels: Any = sitk.GetImageFromArray(voxels)
    labels.SetOrigin((1, 2, 3))
    largest = largest_piece(labels)
    voxels[1:3, 1:3, 1:3] = 0
    assert np.array_equal(sitk.GetArrayFromImage(largest), voxels)
    assert Grid.of(largest) == Grid.of(labels)


def test_no_spleen_has_no_largest_piece() -> None:
    assert not sitk.GetArrayFromImage(largest_piece(sitk.Image([4, 5, 6], sitk.sitkUInt8))).any()
