"""Label volumes, meshes, texts and points as results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from tomaat.elements import Fiducials, Label, LabelVolume, OutputElement, PlainText, VTKMesh
from tomaat.errors import InvalidInterface, InvalidOutput, NotAcceptable
from tomaat.image import Grid
from tomaat.plugins import find_plugins
from volumes import GRIDS, volume

POINTS = [[1.5, -2.0, 1 / 3], [0.0, 1e-9, 400.0]]


def test_all_kinds_are_registered() -> None:
    kinds = find_plugins(installed=False).elements
    assert set(kinds) >= {
        *("volume", "slider", "checkbox", "radiobutton", "fiducials", "transform"),
        *("LabelVolume", "VTKMesh", "PlainText", "Fiducials", "TransformGrid", "TransformBSpline", "TransformLinear"),
    }


@pytest.mark.parametrize("element", [LabelVolume("a", field="b"), VTKMesh("a", field="b"), PlainText("a", field="b")])
def test_json(element: OutputElement) -> None:
    assert element.as_tomaat_json() == {"type": type(element).kind, "field": "b"}
    assert type(element).from_json(json.loads(json.dumps(element.as_json()))) == element
    assert element.format(element.tomaat_format)
    with pytest.raises(NotAcceptable):
        element.format("exe")


@pytest.mark.parametrize(
    "label", ["bright", {"name": "bright"}, {"name": "bright", "color": "#e6194b"}, Label("bright")]
)
def test_labels_have_a_name_and_a_colour(label: Any) -> None:
    element = LabelVolume("labels", labels={1: label})
    assert element.as_json()["labels"] == {"1": {"name": "bright", "color": "#e6194b"}}
    assert LabelVolume.from_json(json.loads(json.dumps(element.as_json()))) == element
    apart = LabelVolume("labels", labels={1: "one", 20: label, 39: "other", 58: "third"}).labels.values()
    assert len({each.color for each in apart}) == len(apart)


@pytest.mark.parametrize(
    "labels",
    [{-1: "a"}, {"x": "a"}, {1: ""}, {1: {"name": "a", "color": "red"}}, {1: 3}, {2**32: "a"}, ["a"], {1: {"x": "y"}}],
)
def test_wrong_labels_raise_where_they_are_written(labels: Any) -> None:
    with pytest.raises(InvalidInterface):
        LabelVolume("labels", labels=labels)


@pytest.mark.parametrize("grid", GRIDS)
def test_labels_are_written_on_the_grid_of_their_input(tmp_path: Path, grid: str) -> None:
    image = volume(grid)
    grids = {"first": Grid.of(volume("plain")), "image": Grid.of(image)}
    element = LabelVolume("labels", labels={1: "bright"}, reference="image")
    for format_ in element.formats:
        target = tmp_path / f"labels.{format_.extension}"
        element.encode(image > 50, target, grids)
        assert Grid.of(sitk.ReadImage(str(target))).matches(Grid.of(image), 1e-5)
        for other in element.formats:
            element.convert(target, tmp_path / f"again.{other.extension}")
            again = sitk.ReadImage(str(tmp_path / f"again.{other.extension}"))
            assert np.array_equal(sitk.GetArrayFromImage(again), sitk.GetArrayFromImage(image > 50))
    if grid != "plain":
        with pytest.raises(InvalidOutput, match="'first'"):
            LabelVolume("labels").encode(image > 50, tmp_path / "x.mha", grids)


def test_labels_may_be_on_a_grid_of_their_own(tmp_path: Path) -> None:
    grids = {"first": Grid.of(volume("plain"))}
    element, labels = LabelVolume("labels", reference=None), volume("oblique") > 50
    element.encode(labels, tmp_path / "labels.mha", grids)
    assert Grid.of(sitk.ReadImage(str(tmp_path / "labels.mha"))) == Grid.of(labels)
    assert LabelVolume.from_json(element.as_json()) == element


def test_rounding_is_mended(tmp_path: Path) -> None:
    image = volume("oblique")
    labels = image > 50
    labels.SetOrigin([number + 1e-9 for number in image.GetOrigin()])
    LabelVolume("labels").encode(labels, tmp_path / "labels.mha", {"image": Grid.of(image)})
    assert Grid.of(sitk.ReadImage(str(tmp_path / "labels.mha"))) == Grid.of(image)
    assert labels.GetOrigin() != image.GetOrigin()  # the app's own image is left alone


@pytest.mark.parametrize(
    "value", ["text", np.zeros((2, 2, 2)), volume("plain")[:, :, 0], sitk.Cast(volume("plain"), sitk.sitkFloat32) / 3]
)
def test_what_is_no_label_volume_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InvalidOutput, match="labels") as refused:
        LabelVolume("labels").encode(value, tmp_path / "labels.mha", {"image": Grid.of(volume("plain"))})
    assert refused.value.field == "labels"
    with pytest.raises(InvalidOutput):
        LabelVolume("labels").encode(value, tmp_path / "labels.nii.gz", {})


def test_meshes_come_from_labels_or_as_polydata(tmp_path: Path) -> None:
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    ball = vtkSphereSource()
    ball.Update()
    element = VTKMesh("surface")
    for value in (ball.GetOutput(), volume("oblique") > 50):
        for format_ in element.formats:
            target = tmp_path / f"surface.{format_.extension}"
            element.encode(value, target, {})
            assert target.stat().st_size > 100
            for other in element.formats:
                element.convert(target, tmp_path / f"again.{other.extension}")
    for wrong in ("text", None, volume("plain")[:, :, 0], sitk.Cast(volume("plain"), sitk.sitkFloat32) / 3):
        with pytest.raises(InvalidOutput, match="surface"):
            element.encode(wrong, tmp_path / "x.vtk", {})


def test_texts(tmp_path: Path) -> None:
    element = PlainText("report")
    element.encode("3 µl\r\n", tmp_path / "report.txt", {})
    assert (tmp_path / "report.txt").read_bytes() == "3 µl\r\n".encode()
    assert element.preview("x") == "x"
    with pytest.raises(InvalidOutput):
        element.encode(3, tmp_path / "x.txt", {})


def test_points_keep_every_bit_in_every_format(tmp_path: Path) -> None:
    element = Fiducials("points").as_output()
    assert element.as_tomaat_json() == {"type": "Fiducials", "field": "points"}
    assert type(element).from_json(element.as_json()) == element
    for value in (POINTS, np.array(POINTS)):
        assert element.preview(value) == POINTS
        for first in element.formats:
            element.encode(value, tmp_path / f"a.{first.extension}", {})
            for second in element.formats:
                element.convert(tmp_path / f"a.{first.extension}", tmp_path / f"b.{second.extension}")
                element.convert(tmp_path / f"b.{second.extension}", tmp_path / "c.txt")
                expected = ";".join(",".join(map(repr, point)) for point in POINTS)
                assert (tmp_path / "c.txt").read_text(encoding="utf-8") == expected
    markups = json.loads((tmp_path / "a.mrk.json").read_text(encoding="utf-8"))["markups"][0]
    assert markups["coordinateSystem"] == "LPS"
    assert [point["position"] for point in markups["controlPoints"]] == POINTS
    assert element.preview(np.zeros((0, 3))) == []


@pytest.mark.parametrize("value", [[1, 2, 3], [[1, 2]], [[1, 2, float("nan")]], "1,2,3", [[1, 2, "x"]]])
def test_wrong_points_are_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InvalidOutput, match="points"):
        Fiducials("points").as_output().encode(value, tmp_path / "points.txt", {})
