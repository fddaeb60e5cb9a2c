"""The largest component of a mask, against SimpleITK's of the whole array."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tomaat.components import Mask, bounding_box, largest_component


@given(st.data())
def test_the_box_is_as_small_as_it_can_be(data: st.DataObject) -> None:
    mask = data.draw(arrays(bool, array_shapes(min_dims=3, max_dims=3)))
    box = bounding_box(mask)
    assert mask[box].sum() == mask.sum()
    for axis in range(3):
        inside = np.moveaxis(mask[box], axis, 0)
        assert len(inside) == 0 or (inside[0].any() and inside[-1].any())


@given(st.data())
def test_the_largest_component_is_a_component_and_none_is_larger(data: st.DataObject) -> None:
    mask: Mask = data.draw(arrays(bool, array_shapes(min_dims=3, max_dims=3, max_side=6)))
    largest = largest_component(mask)
    components = sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)), True))
    sizes = np.bincount(components.ravel())[1:]
    assert largest.sum() == (sizes.max() if len(sizes) else 0)
    assert len(np.unique(components[largest])) == (1 if len(sizes) else 0)
