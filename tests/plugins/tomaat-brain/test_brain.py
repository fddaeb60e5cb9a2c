"""The brain app: the contract, and that its mask is deepbet's own."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import cc3d
import fill_voids
import numpy as np
import pytest
import SimpleITK as sitk
import torch
from deepbet import run_bet
from deepbet.utils import dilate as deepbet_dilate

from tomaat import InvalidInput
from tomaat.components import largest_component
from tomaat.image import Grid
from tomaat.testing import AppContract, Subject, Trial
from tomaat_brain.extraction import box_around, brain_mask, find_head
from tomaat_brain.morphology import dilate, fill_holes
from tomaat_brain.networks import Networks
from tomaat_brain.weights import COARSE, FINE, sha256, weights_file

MNI152 = files("nilearn.datasets") / "data" / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"


class TestContract(AppContract):
    app = "brain"


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """The app's answer for the MNI152 brain."""
    with Subject.of("brain", sample=lambda image: {"image": Path(str(MNI152))}) as subject:
        yield subject.first


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> sitk.Image:
    """deepbet's own mask of it."""
    mask = tmp_path_factory.mktemp("deepbet") / "mask.nii.gz"
    run_bet([str(MNI152)], mask_paths=[str(mask)], no_gpu=True)
    return sitk.ReadImage(str(mask))


def test_mask_is_deepbets(trial: Trial, reference: sitk.Image) -> None:
    mask = sitk.ReadImage(str(trial.results["mask"]))
    found, expected = (sitk.GetArrayFromImage(image) > 0 for image in (mask, reference))

    assert 2 * (found & expected).sum() / (found.sum() + expected.sum()) >= 0.99
    assert Grid.of(mask).matches(Grid.of(sitk.ReadImage(str(MNI152))))


def test_report_says_the_volume(trial: Trial, reference: sitk.Image) -> None:
    millilitres = (sitk.GetArrayFromImage(reference) > 0).sum() / 1000  # voxels of 1 mm³
    report = trial.results["report"].read_text(encoding="utf-8")

    assert report.startswith("brain: ")
    assert report.endswith(" ml (threshold 0.5, dilation 0)")
    assert abs(float(report.split()[1]) / millilitres - 1) < 0.01


def test_deepbets_code_is_not_imported() -> None:
    code = "import sys, tomaat_brain.extraction, tomaat_brain.networks, tomaat_brain.app; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout.split()

    assert not {"deepbet", "pandas", "cc3d", "fill_voids", "nibabel"} & set(loaded)


def test_weights_are_those_of_deepbet() -> None:
    networks = Networks.load("cpu")

    assert networks.digest == f"{sha256(weights_file(COARSE))} {COARSE}, {sha256(weights_file(FINE))} {FINE}"
    assert sha256(weights_file(FINE)) == "sha256:de8ee7c69654d0dd3935dc4a5d84571d8ecf4637a6bfc01df399c4c2bc86e0fd"


def test_missing_weights_say_what_to_install() -> None:
    with pytest.raises(FileNotFoundError, match="pip install"):
        weights_file("other.pt")


@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 3])
def test_dilation_is_deepbets(steps: int) -> None:
    mask = blobs(seed=1)

    assert np.array_equal(dilate(mask, steps), deepbet_dilate(mask.copy(), steps))


@pytest.mark.parametrize("seed", range(5))
def test_components_and_holes_are_deepbets(seed: int) -> None:
    mask = blobs(seed)
    labels = cc3d.connected_components(mask)
    largest = labels == np.bincount(labels[labels != 0]).argmax()

    assert np.array_equal(largest_component(mask), largest)
    assert np.array_equal(fill_holes(largest), fill_voids.fill(largest.copy()))


def blobs(seed: int) -> np.ndarray:
    """A mask of many components, many of them hollow."""
    noise = sitk.GetImageFromArray(np.random.default_rng(seed).normal(size=(40, 44, 48)).astype(np.float32))
    smooth = sitk.GetArrayFromImage(sitk.DiscreteGaussian(noise, 1.0))
    return np.abs(smooth) > np.quantile(np.abs(smooth), 0.6)


def test_box_reaches_past_the_head_and_stays_in_the_volume() -> None:
    mask = torch.zeros(128, 128, 128, dtype=torch.bool)
    mask[32:64, 2:60, 40:80] = True

    assert box_around(mask, (256, 128, 64)) == (slice(57, 134), slice(0, 66), slice(18, 42))


@pytest.mark.parametrize("fill", [0.0, 1000.0])
def test_flat_image_is_refused(fill: float) -> None:
    with pytest.raises(InvalidInput) as refused:
        find_head(torch.full((20, 20, 20), fill), Networks.load("cpu"))
    assert refused.value.field == "image"


def test_nothing_above_the_threshold_is_refused() -> None:
    box = (slice(0, 8), slice(0, 8), slice(0, 8))
    with pytest.raises(InvalidInput, match=r"above 0\.5"):
        brain_mask(torch.full((16, 16, 16), 0.4), box, (10, 10, 10), 0.5, 0)


def test_mask_lies_in_its_box() -> None:
    probability = torch.zeros(16, 16, 16)
    probability[4:12, 4:12, 4:12] = 0.9
    box = (slice(1, 9), slice(2, 10), slice(3, 11))
    mask = brain_mask(probability, box, (12, 12, 12), 0.5, 0)

    assert mask.sum() == 4**3
    assert mask[3:7, 4:8, 5:9].all()
