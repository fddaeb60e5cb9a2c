"""Labels on the image's grid are what MONAI's inverse transforms and an argmax give."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from scans import scan
from tomaat import IntensityRange, SegmentationPlan
from tomaat.image import Grid
from tomaat.inference import restoring
from tomaat.inference.preparation import Prepared, prepare
from tomaat.inference.restoring import Labels
from volumes import GRIDS

PLAN = SegmentationPlan(
    window=(16, 16, 16), spacing=(1.5, 0.9, 2.0), intensity=IntensityRange(-57, 164), crop_foreground=True
)


def answer(prepared: Prepared, classes: int) -> torch.Tensor:
    """Smooth scores that change their mind every few voxels."""
    random = torch.Generator().manual_seed(classes)
    shape = prepared.volume.shape[1:]
    coarse = torch.randn((1, classes, *[max(side // 4, 1) for side in shape]), generator=random)
    return torch.nn.functional.interpolate(coarse, shape, mode="trilinear")[0]


def by_monai(image: sitk.Image, plan: SegmentationPlan, scores: torch.Tensor) -> np.ndarray:
    from monai.data import MetaTensor
    from monai.transforms import Compose, CropForegroundd, Invertd, Orientationd, ScaleIntensityRanged, Spacingd

    assert plan.spacing
    assert isinstance(plan.intensity, IntensityRange)
    voxels = torch.from_numpy(sitk.GetArrayFromImage(image).transpose(2, 1, 0).astype(np.float32))[None]
    there = Compose(
        [
            Orientationd("image", plan.orientation, labels=(("L", "R"), ("P", "A"), ("I", "S"))),
            Spacingd("image", plan.spacing, mode="bilinear"),
            ScaleIntensityRanged("image", plan.intensity.low, plan.intensity.high, 0, 1, clip=True),
            CropForegroundd("image", source_key="image", allow_smaller=True),
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = there({"image": MetaTensor(voxels, affine=torch.from_numpy(Grid.of(image).ras_affine))})
        data["scores"] = MetaTensor(scores.clone()).copy_meta_from(data["image"])
        back = Invertd("scores", there, "image", nearest_interp=False, to_tensor=True)(data)["scores"]
    back = torch.as_tensor(back)
    # Just outside the crop MONAI's rounding leaves traces of the scores inside, where there should be none
    found: np.ndarray = torch.where(back.abs().amax(0) > 1e-5, back.argmax(0), 0).numpy().transpose(2, 1, 0)
    return found


def labelled(prepared: Prepared, scores: torch.Tensor, along: int, slab: int) -> sitk.Image:
    labels = Labels(prepared.frame, prepared.box, along, len(scores))
    for part in scores.split(slab, along + 1):
        labels.take(part)
    return labels.image()


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("classes", [2, 5])
def test_as_monai_on_every_grid(name: str, classes: int) -> None:
    image = scan(name)
    prepared = prepare([image], PLAN)
    scores = answer(prepared, classes)
    ours = labelled(prepared, scores, along=0, slab=1000)
    expected = by_monai(image, PLAN, scores)
    assert Grid.of(ours) == Grid.of(image)
    assert ours.GetPixelID() == sitk.sitkUInt8
    # Only where two classes are equal but for rounding may another one win
    assert (sitk.GetArrayFromImage(ours) != expected).sum() <= 2
    assert len(np.unique(expected)) == classes


@pytest.mark.parametrize("along", [0, 1, 2])
@pytest.mark.parametrize("slab", [1, 3, 7])
@pytest.mark.parametrize("name", ["oblique", "turned around", "swapped"])
def test_slabs_of_any_thickness_give_the_same(name: str, along: int, slab: int) -> None:
    prepared = prepare([scan(name)], PLAN)
    scores = answer(prepared, 4)
    at_once = labelled(prepared, scores, along=0, slab=1000)
    assert np.array_equal(
        sitk.GetArrayFromImage(labelled(prepared, scores, along, slab)), sitk.GetArrayFromImage(at_once)
    )


def test_two_classes_are_their_difference() -> None:
    prepared = prepare([scan("oblique")], PLAN)
    scores = answer(prepared, 2)
    both = labelled(prepared, scores, along=0, slab=1000)
    difference = labelled(prepared, scores[1:] - scores[:1], along=0, slab=1000)
    assert (sitk.GetArrayFromImage(both) != sitk.GetArrayFromImage(difference)).sum() <= 2


def test_little_room_takes_few_classes_and_slices_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare([scan("plain")], PLAN)
    scores = answer(prepared, 6)
    roomy = labelled(prepared, scores, along=0, slab=1000)
    monkeypatch.setattr(restoring, "ROOM", 1)
    tight = labelled(prepared, scores, along=0, slab=1000)
    assert np.array_equal(sitk.GetArrayFromImage(tight), sitk.GetArrayFromImage(roomy))


def test_more_than_256_classes_take_16_bits() -> None:
    prepared = prepare([scan("plain", (12, 11, 10))], SegmentationPlan(window=(8, 8, 8), classes=300))
    scores = torch.zeros((300, *prepared.volume.shape[1:]))
    scores[299] = 1
    labels = labelled(prepared, scores, along=0, slab=5)
    assert labels.GetPixelID() == sitk.sitkUInt16
    assert set(np.unique(sitk.GetArrayFromImage(labels))) == {299}
