"""Label volumes as Slicer's segmentations: names, colours, and labels that nobody named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import images
from tomaat.image_files.writing import write_labels
from tomaat_slicer.segmentation import write_segmentation

NAMED = {"1": {"name": "liver", "color": "#ff8000"}, "3": {"name": "left kidney", "color": "#00ff00"}}


def volume_of(values: list[int], folder: Path, pixel: str = "uint8", *, compressed: bool = True) -> Path:
    array = np.zeros((4, 5, 6), pixel)
    array.flat[: len(values)] = values
    path = folder / "labels.nrrd"
    path.write_bytes(images.file_of(sitk.GetImageFromArray(array), "labels.nrrd", compressed=compressed))
    return path


def test_names_and_colours_are_those_of_the_app(tmp_path: Path) -> None:
    source, target = volume_of([1, 3, 3], tmp_path), tmp_path / "labels.seg.nrrd"
    segments = write_segmentation(source, target, NAMED)
    assert [(each.value, each.name) for each in segments] == [(1, "liver"), (3, "left kidney")]
    assert segments[0].color == pytest.approx((1.0, 128 / 255, 0.0))
    written = sitk.ReadImage(str(target))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written), sitk.GetArrayFromImage(sitk.ReadImage(str(source))))
    assert written.GetMetaData("Segment1_Name") == "left kidney"
    assert written.GetMetaData("Segment1_ID") == "Segment_3"
    assert written.GetMetaData("Segmentation_ReferenceImageExtentOffset") == "0 0 0"
    assert not [key for key in written.GetMetaDataKeys() if "Terminology" in key or key.endswith("_Tags")]


def test_a_label_that_was_looked_for_and_not_found_is_an_empty_segment(tmp_path: Path) -> None:
    segments = write_segmentation(volume_of([1], tmp_path), tmp_path / "a.seg.nrrd", NAMED)
    assert [each.value for each in segments] == [1, 3]


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("pixel", ["uint8", "uint16", "int16", "uint32"])
def test_a_label_without_a_name_is_not_lost(tmp_path: Path, pixel: str, compressed: bool) -> None:
    source = volume_of([1, 7, 7, 200], tmp_path, pixel, compressed=compressed)
    segments = write_segmentation(source, tmp_path / "a.seg.nrrd", NAMED)
    names = {each.value: each.name for each in segments}
    assert names == {1: "liver", 3: "left kidney", 7: "Label 7", 200: "Label 200"}
    assert len({each.color for each in segments}) == 4


def test_a_background_with_a_name_is_no_segment(tmp_path: Path) -> None:
    assert write_segmentation(volume_of([], tmp_path), tmp_path / "a.seg.nrrd", {"0": {"name": "background"}}) == []


def test_a_name_can_t_write_into_the_header(tmp_path: Path) -> None:
    target = tmp_path / "a.seg.nrrd"
    write_segmentation(
        volume_of([1], tmp_path), target, {"1": {"name": "a\nSegment0_LabelValue:=9\n\nb\\n", "color": ""}}
    )
    written = sitk.ReadImage(str(target))
    assert written.GetMetaData("Segment0_LabelValue") == "1"
    assert written.GetSize() == (6, 5, 4)


def test_names_may_be_of_any_language(tmp_path: Path) -> None:
    target = tmp_path / "a.seg.nrrd"
    write_segmentation(volume_of([1], tmp_path), target, {"1": {"name": "Milz, 脾臓"}})
    assert "Segment0_Name:=Milz, 脾臓\n".encode() in target.read_bytes()


def test_what_a_host_writes_is_taken(tmp_path: Path) -> None:
    labels = sitk.Cast(images.ball() > 0, sitk.sitkUInt16) * 300
    write_labels(labels, tmp_path / "labels.nrrd")
    (segment,) = write_segmentation(tmp_path / "labels.nrrd", tmp_path / "a.seg.nrrd", {"300": {"name": "ball"}})
    assert (segment.value, segment.name) == (300, "ball")


@pytest.mark.parametrize("content", [b"", b"no NRRD at all", b"NRRD0004\ntype: uchar\n\n", b"NRRD0004\n"])
def test_what_is_no_label_volume_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.nrrd").write_bytes(content)
    with pytest.raises(ValueError, match=r"no NRRD|no labels"):
        write_segmentation(tmp_path / "labels.nrrd", tmp_path / "a.seg.nrrd", {})


def test_damaged_data_is_refused(tmp_path: Path) -> None:
    source = volume_of([1, 2, 3], tmp_path)
    content = bytearray(source.read_bytes())
    content[content.index(b"\n\n") + 12] ^= 0xFF
    source.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="damaged"):
        write_segmentation(source, tmp_path / "a.seg.nrrd", {})
