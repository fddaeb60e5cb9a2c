"""The threshold app: the contract, and what a level means."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from tomaat import Context, InvalidInput
from tomaat.testing import AppContract, head, single_slice
from tomaat_threshold.app import Threshold, otsu


class TestContract(AppContract):
    app = "threshold"


class TestContractLargest(AppContract):
    app = "threshold"

    def sample(self, image: sitk.Image) -> dict[str, Any]:
        return {"level": 0.7, "largest": True}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(device="cpu", scratch=tmp_path, log=logging.getLogger())


def image_of(values: list[float], dtype: Any = np.int16) -> sitk.Image:
    """A volume of one row."""
    return sitk.GetImageFromArray(np.array([[values]], dtype))


def bright(context: Context, image: sitk.Image, level: float | None = None, largest: bool = False) -> list[int]:
    """The labels of the app's answer in one row."""
    data = Threshold().infer({"image": image, "level": level, "largest": largest}, context)
    assert data["labels"].GetPixelID() == sitk.sitkUInt8
    return sitk.GetArrayFromImage(data["labels"]).ravel().tolist()


def test_level_is_a_fraction_of_the_range(context: Context) -> None:
    image = image_of([-100, 0, 99, 100, 300])

    assert bright(context, image, 0.0) == [1, 1, 1, 1, 1]
    assert bright(context, image, 0.5) == [0, 0, 0, 1, 1]
    assert bright(context, image, 1.0) == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_level_between_two_values_is_not_cut_to_the_lower(context: Context, dtype: Any) -> None:
    assert bright(context, image_of([0, 1, 2, 3], dtype), 0.5) == [0, 0, 1, 1]


def test_brightest_is_found_in_single_precision(context: Context) -> None:
    assert bright(context, image_of([0.1, 0.2, 0.7], np.float32), 1.0) == [0, 0, 1]


def test_otsu_parts_air_from_a_head(context: Context) -> None:
    image = head()
    labelled = np.array(bright(context, image)) > 0
    values = sitk.GetArrayFromImage(image).ravel()

    assert 100 < otsu(image) < 600
    assert values[labelled].min() > values[~labelled].max()


def test_largest_component(context: Context) -> None:
    image = image_of([9, 9, 0, 9, 9, 9, 0, 9])

    assert bright(context, image, 0.5) == [1, 1, 0, 1, 1, 1, 0, 1]
    assert bright(context, image, 0.5, largest=True) == [0, 0, 0, 1, 1, 1, 0, 0]


def test_volume_is_in_millilitres(context: Context) -> None:
    image = image_of([0, 9, 9, 9])
    image.SetSpacing((10, 5, 2))
    data = Threshold().infer({"image": image, "level": 0.5, "largest": False}, context)

    assert Threshold().postprocess(data, context)["report"] == "bright: 0.3 ml"


@pytest.mark.parametrize("values", [[7, 7, 7], [0, np.nan, 1], [0, 1, np.inf]])
@pytest.mark.parametrize("level", [None, 0.5])
def test_image_without_a_range_is_refused(context: Context, values: list[float], level: float | None) -> None:
    with pytest.raises(InvalidInput) as refused:
        bright(context, image_of(values, np.float32), level)
    assert refused.value.field == "image"


def test_single_slice(context: Context) -> None:
    assert sum(bright(context, single_slice(), 0.2)) > 1000
