"""Transforms in and out, in each of ITK's formats."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from tomaat.elements import OutputElement, Transform, TransformBSpline, TransformGrid, TransformLinear
from tomaat.errors import InvalidInput, InvalidOutput
from volumes import volume

POINT = (2.0, 3.0, 4.0)
INPUT = Transform("transform")


def affine() -> sitk.Transform:
    transform = sitk.AffineTransform(3)
    transform.Translate((1.0, 2.0, 1 / 3))
    transform.Rotate(0, 1, 0.3)
    return transform


def spline() -> sitk.Transform:
    transform = sitk.BSplineTransformInitializer(volume("plain"), [3, 3, 3])
    transform.SetParameters([float(number) / 100 for number in range(transform.GetNumberOfParameters())])
    return transform


def field() -> sitk.Transform:
    vectors = sitk.GetImageFromArray(np.random.default_rng(0).normal(size=(6, 7, 8, 3)), isVector=True)
    return sitk.DisplacementFieldTransform(vectors)


KINDS: list[tuple[OutputElement, Any]] = [
    (TransformLinear("t"), affine()),
    (TransformBSpline("t"), spline()),
    (TransformGrid("t"), field()),
]


def read(path: Path) -> sitk.Transform:
    with tempfile.TemporaryDirectory() as scratch:
        INPUT.check_file(path)
        return INPUT.read(path, Path(scratch))


@pytest.mark.parametrize(("element", "transform"), KINDS)
def test_each_kind_there_and_back_in_each_format(tmp_path: Path, element: OutputElement, transform: Any) -> None:
    expected = transform.TransformPoint(POINT)
    assert expected != POINT
    assert element.as_tomaat_json() == {"type": element.kind, "field": "t"}
    for first in element.formats:
        element.encode(transform, tmp_path / f"a.{first.extension}", {})
        for second in element.formats:
            element.convert(tmp_path / f"a.{first.extension}", tmp_path / f"b.{second.extension}")
            upload = (tmp_path / f"b.{second.extension}").rename(tmp_path / "upload")
            assert np.allclose(read(upload).TransformPoint(POINT), expected, atol=1e-9)


def test_a_displacement_field_may_be_an_image_and_is_left_as_it_was(tmp_path: Path) -> None:
    image = sitk.DisplacementFieldTransform(field()).GetDisplacementField()
    TransformGrid("t").encode(image, tmp_path / "t.nii.gz", {})
    assert image.GetSize() == (8, 7, 6)
    assert np.allclose(read(tmp_path / "t.nii.gz").TransformPoint(POINT), field().TransformPoint(POINT))


def test_another_kind_is_refused(tmp_path: Path) -> None:
    for element, _ in KINDS:
        for other, transform in KINDS:
            if element is not other:
                with pytest.raises(InvalidOutput, match="'t' must be"):
                    element.encode(transform, tmp_path / f"x.{element.formats[0].extension}", {})
        for wrong in ("text", volume("plain"), sitk.AffineTransform(2)):
            with pytest.raises(InvalidOutput):
                element.encode(wrong, tmp_path / f"x.{element.formats[0].extension}", {})


def test_a_registrations_composite_of_one_is_unwrapped(tmp_path: Path) -> None:
    TransformLinear("t").encode(sitk.CompositeTransform([affine()]), tmp_path / "t.mat", {})
    assert np.allclose(read(tmp_path / "t.mat").TransformPoint(POINT), affine().TransformPoint(POINT))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n",
        b"#Insight Transform File V1.0\nComponentTransformFile: /etc/passwd\n",
        b"#Insight Transform File V1.0\nTransform: CompositeTransform_double_3_3\nComponentTransformFile: x\n",
        b"#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\nParameters: 1 2\nFixedParameters: 0\n",
        b"\x89HDF\r\n\x1a\n",
        b"\x89HDF\r\n\x1a\n" + bytes(200),
    ],
)
def test_what_is_no_transform_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "upload").write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        read(tmp_path / "upload")
    assert refused.value.field == "transform"


@pytest.mark.parametrize("extension", ["tfm", "mat", "h5"])
@pytest.mark.parametrize("transform", [spline(), field()])
def test_a_grid_larger_than_its_numbers_is_refused(tmp_path: Path, extension: str, transform: Any) -> None:
    """ITK would write past the end of its memory."""
    path = tmp_path / f"t.{extension}"
    sitk.WriteTransform(transform, str(path))
    read(path)
    first = transform.GetFixedParameters()[0]
    content = path.read_bytes()
    if extension == "tfm":
        changed = content.replace(b"FixedParameters: %d " % first, b"FixedParameters: 700 ")
    else:
        place = content.rindex(np.array(transform.GetFixedParameters()[:2]).tobytes())
        changed = content[:place] + np.float64(700).tobytes() + content[place + 8 :]
    assert changed != content
    path.write_bytes(changed)
    with pytest.raises(InvalidInput, match="as many as"):
        read(path)


def test_a_flat_transform_is_refused(tmp_path: Path) -> None:
    sitk.WriteTransform(sitk.AffineTransform(2), str(tmp_path / "t.tfm"))
    with pytest.raises(InvalidInput, match="three dimensions"):
        read(tmp_path / "t.tfm")


def test_a_volume_is_no_displacement_field(tmp_path: Path) -> None:
    sitk.WriteImage(volume("plain"), str(tmp_path / "t.nii.gz"))
    with pytest.raises(InvalidInput, match="displacement field"):
        read(tmp_path / "t.nii.gz")


def test_hdf5_with_data_in_another_file_is_refused(tmp_path: Path) -> None:
    sitk.WriteTransform(affine(), str(tmp_path / "t.h5"))
    content = bytearray((tmp_path / "t.h5").read_bytes())
    # The layout message (8) of the parameters becomes an external file list (7)
    message = content.index(b"\x08\x12\x00", content.rindex(b"OHDR"))
    content[message] = 7
    (tmp_path / "t.h5").write_bytes(content)
    with pytest.raises(InvalidInput, match="another file"):
        INPUT.check_file(tmp_path / "t.h5")


@cache
def seed(extension: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t.{extension}"
        sitk.WriteTransform(affine(), str(path))
        return path.read_bytes()


@settings(max_examples=100, deadline=None)
@given(
    extension=st.sampled_from(["h5", "mat", "tfm"]),
    changes=st.lists(st.tuples(st.integers(8, 9000), st.binary(min_size=1, max_size=4)), max_size=3),
    cut=st.integers(0, 8000),
)
def test_the_check_gives_a_verdict_on_any_damage(extension: str, changes: list[tuple[int, bytes]], cut: int) -> None:
    content = bytearray(seed(extension))
    for offset, replacement in changes:
        content[offset % len(content) :][: len(replacement)] = replacement
        content[offset % len(content)] = replacement[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content[: len(content) - cut % len(content)])
        try:
            INPUT.check_file(path)
        except InvalidInput as error:
            assert error.field == "transform"
