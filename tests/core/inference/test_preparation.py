"""What the network sees is what MONAI's transforms give."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from scans import scan
from tomaat import IntensityRange, SegmentationPlan, ZScore
from tomaat.image import LPS_TO_RAS, Grid
from tomaat.inference.preparation import prepare
from volumes import GRIDS, rotation


def by_monai(image: sitk.Image, plan: SegmentationPlan) -> torch.Tensor:
    from monai.data import MetaTensor
    from monai.transforms import Compose, CropForeground, Orientation, ScaleIntensityRange, Spacing

    voxels = torch.from_numpy(sitk.GetArrayFromImage(image).transpose(2, 1, 0).astype(np.float32))[None]
    steps = [Orientation(plan.orientation, labels=(("L", "R"), ("P", "A"), ("I", "S")))]
    if plan.spacing:
        steps.append(Spacing(plan.spacing, mode="bilinear"))
    if isinstance(plan.intensity, IntensityRange):
        steps.append(ScaleIntensityRange(plan.intensity.low, plan.intensity.high, 0, 1, clip=True))
    if plan.crop_foreground:
        steps.append(CropForeground(allow_smaller=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result: torch.Tensor = Compose(steps)(MetaTensor(voxels, affine=torch.from_numpy(Grid.of(image).ras_affine)))
    return torch.as_tensor(result)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("orientation", ["RAS", "LPS", "PIR"])
def test_as_monai_on_every_grid(name: str, orientation: str) -> None:
    plan = SegmentationPlan(
        window=(16, 16, 16),
        orientation=orientation,
        spacing=(1.5, 0.9, 2.0),
        intensity=IntensityRange(-57, 164),
        crop_foreground=True,
    )
    image = scan(name)
    ours = prepare([image], plan)
    theirs = by_monai(image, plan)
    assert ours.volume.shape == theirs.shape
    assert ours.volume.dtype == torch.float32
    assert (ours.volume - theirs).abs().max() < 2e-5


def test_nothing_asked_changes_nothing_but_the_order() -> None:
    image = scan("swapped")
    prepared = prepare([image], SegmentationPlan(window=(16, 16, 16)))
    expected = sitk.GetArrayFromImage(sitk.DICOMOrient(image, "RAS")).transpose(2, 1, 0)
    assert np.array_equal(prepared.volume[0].numpy(), expected)


def test_an_image_of_air_is_not_cropped_away() -> None:
    image = scan("plain") * 0 - 1000
    plan = SegmentationPlan(window=(16, 16, 16), intensity=IntensityRange(-57, 164), crop_foreground=True)
    prepared = prepare([image], plan)
    assert prepared.volume.shape == (1, 40, 35, 30)
    assert not prepared.volume.any()


def test_z_score_of_the_image() -> None:
    prepared = prepare([scan("plain")], SegmentationPlan(window=(16, 16, 16), intensity=ZScore()))
    assert abs(float(prepared.volume.mean())) < 1e-4
    assert abs(float(prepared.volume.std()) - 1) < 1e-4


def test_z_score_with_the_training_set_s_numbers() -> None:
    image = scan("plain")
    plan = SegmentationPlan(window=(16, 16, 16), intensity=ZScore(mean=50, deviation=20, clip=(-100, 100)))
    expected = (np.clip(sitk.GetArrayFromImage(sitk.DICOMOrient(image, "RAS")).astype(float), -100, 100) - 50) / 20
    assert np.allclose(prepare([image], plan).volume[0].numpy(), expected.transpose(2, 1, 0), atol=1e-5)


def test_a_constant_image_has_no_deviation_to_divide_by() -> None:
    prepared = prepare([scan("plain") * 0 + 7], SegmentationPlan(window=(16, 16, 16), intensity=ZScore()))
    assert torch.isfinite(prepared.volume).all()


def test_voxels_that_are_no_numbers_do_not_spread() -> None:
    image = sitk.Cast(scan("plain"), sitk.sitkFloat32)
    image[10, 10, 10] = float("nan")
    plan = SegmentationPlan(window=(16, 16, 16), spacing=(2, 2, 2), intensity=IntensityRange(-57, 164))
    assert torch.isfinite(prepare([image], plan).volume).all()


def test_a_second_channel_on_another_grid_is_brought_to_the_first_s() -> None:
    first = scan("plain")
    other = sitk.Resample(first, (60, 50, 45), sitk.Transform(), sitk.sitkLinear, (0, 0, 0), (0.65, 0.69, 0.65))
    prepared = prepare([first, other], SegmentationPlan(window=(16, 16, 16)))
    assert prepared.volume.shape == (2, 40, 35, 30)
    inside = (slice(None), slice(6, 30), slice(6, 30), slice(4, 26))
    first_channel, second_channel = prepared.volume[inside]
    assert (first_channel - second_channel).abs().median() < 10


def test_an_oblique_affine_is_the_one_that_the_grid_has() -> None:
    image = scan("oblique")
    frame = prepare([image], SegmentationPlan(window=(16, 16, 16))).frame
    assert np.allclose(LPS_TO_RAS @ frame.grid.affine, Grid.of(image).ras_affine)
    assert np.allclose(np.reshape(image.GetDirection(), (3, 3)), rotation(0.3, 0.2))
