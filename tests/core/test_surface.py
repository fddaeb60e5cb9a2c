"""Surfaces enclose what the labels say, where the labels are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkFeatureEdges, vtkMassProperties

from tomaat.image import Grid
from tomaat.surface import MOST_TRIANGLES, label_surface
from tomaat.surface_file import read_surface, write_surface
from volumes import GRIDS


def ball(radius: float, spacing: tuple[float, float, float] = (1, 1, 1), direction: object = None) -> sitk.Image:
    """A ball of ``radius`` mm around the middle of its volume."""
    size = [int(2 * radius / distance) + 7 for distance in spacing]
    z, y, x = (
        (np.arange(length) - (length - 1) / 2) * distance
        for length, distance in zip(size[::-1], spacing[::-1], strict=True)
    )
    voxels = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 <= radius**2
    image = sitk.GetImageFromArray(voxels.astype(np.uint8))
    image.SetSpacing([float(number) for number in spacing])
    image.SetOrigin((-50.5, 20.25, 300))
    image.SetDirection(
        np.eye(3).ravel().tolist() if direction is None else np.asarray(direction, float).ravel().tolist()
    )
    return image


def centre(image: sitk.Image) -> tuple[float, ...]:
    middle: tuple[float, ...] = image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in image.GetSize()])
    return middle


def points_of(surface: vtkPolyData) -> NDArray[np.float64]:
    return np.asarray(vtk_to_numpy(surface.GetPoints().GetData()), dtype=np.float64)


def signed_volume(surface: vtkPolyData) -> float:
    """Positive if the triangles turn outwards."""
    triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    a, b, c = (points_of(surface)[triangles[:, corner]] - points_of(surface).mean(axis=0) for corner in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize(
    ("radius", "spacing"),
    [(15, (1, 1, 1)), (40, (1, 1, 1)), (60, (0.7, 0.7, 2.5)), (70, (0.9, 0.5, 1.2)), (8, (1, 1, 1))],
)
def test_a_balls_volume_is_right_to_two_percent(radius: float, spacing: tuple[float, float, float]) -> None:
    image = ball(radius, spacing)
    surface = label_surface(image)
    labelled = float(sitk.GetArrayViewFromImage(image).sum()) * float(np.prod(spacing))
    assert signed_volume(surface) == pytest.approx(labelled, rel=0.02)
    assert labelled == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.03)
    distances = np.linalg.norm(points_of(surface) - centre(image), axis=1)
    assert np.abs(distances - radius).max() < 1.1 * max(spacing)
    assert surface.GetNumberOfPolys() <= MOST_TRIANGLES
    edges = vtkFeatureEdges()
    edges.SetInputData(surface)
    edges.BoundaryEdgesOn()
    edges.FeatureEdgesOff()
    edges.ManifoldEdgesOff()
    edges.NonManifoldEdgesOff()
    edges.Update()
    assert edges.GetOutput().GetNumberOfCells() == 0  # closed


@pytest.mark.parametrize("grid", GRIDS)
def test_it_lies_where_the_labels_are_and_faces_outwards(grid: str) -> None:
    image = ball(12, (1, 1.5, 2), GRIDS[grid][3])
    surface = label_surface(image)
    outwards = points_of(surface) - centre(image)
    assert np.abs(outwards.mean(axis=0)).max() < 0.3
    assert np.linalg.norm(outwards, axis=1) == pytest.approx(12, abs=1.7)
    normals = vtk_to_numpy(surface.GetPointData().GetNormals())
    assert (np.einsum("ij,ij->i", normals, outwards) > 0).all()
    assert signed_volume(surface) > 0


def test_it_does_not_depend_on_how_the_voxels_are_stored() -> None:
    image = ball(12, (1, 1.5, 2))
    image[0:20, 0:8, 0:8] = 0
    turned = sitk.DICOMOrient(image, "PIR")
    assert Grid.of(turned) != Grid.of(image)
    first, second = label_surface(image), label_surface(turned)
    assert signed_volume(first) == pytest.approx(signed_volume(second), rel=1e-3)
    assert np.allclose(first.GetBounds(), second.GetBounds(), atol=0.05)


def test_several_labels_are_told_apart() -> None:
    array = np.zeros((20, 20, 40), np.uint16)
    array[5:15, 5:15, 5:15] = 1
    array[5:15, 5:15, 20:35] = 300
    surface = label_surface(sitk.GetImageFromArray(array))
    labels = vtk_to_numpy(surface.GetCellData().GetArray("label"))
    assert set(labels.tolist()) == {1, 300}
    assert len(labels) == surface.GetNumberOfPolys()
    triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    assert points_of(surface)[triangles[labels == 1].ravel(), 0].max() < 17
    assert points_of(surface)[triangles[labels == 300].ravel(), 0].min() > 17


@pytest.mark.parametrize("shape", [(1, 20, 20), (1, 1, 1), (20, 1, 20), (3, 3, 3)])
def test_a_full_or_flat_volume_has_a_closed_surface(shape: tuple[int, int, int]) -> None:
    surface = label_surface(sitk.GetImageFromArray(np.ones(shape, np.uint8)))
    assert surface.GetNumberOfPolys() > 0
    assert signed_volume(surface) > 0


@pytest.mark.parametrize("extension", ["vtk", "stl", "ply", "obj"])
def test_files_hold_the_surface(tmp_path: Path, extension: str) -> None:
    surface = label_surface(ball(10))
    write_surface(surface, tmp_path / f"surface.{extension}")
    back = read_surface(tmp_path / f"surface.{extension}")
    assert back.GetNumberOfPolys() == surface.GetNumberOfPolys()
    assert np.allclose(back.GetBounds(), surface.GetBounds(), atol=1e-3)
    mass = vtkMassProperties()
    mass.SetInputData(back)
    assert mass.GetVolume() == pytest.approx(signed_volume(surface), rel=1e-3)


def test_slicer_is_told_the_space(tmp_path: Path) -> None:
    write_surface(label_surface(ball(10)), tmp_path / "surface.vtk")
    lines = (tmp_path / "surface.vtk").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# vtk DataFile Version")
    assert "SPACE=LPS" in lines[1]
    assert len(lines[1]) < 256
    assert lines[2:4] == ["ASCII", "DATASET POLYDATA"]


@pytest.mark.parametrize("extension", ["vtk", "stl", "ply", "obj"])
def test_no_label_gives_an_empty_surface(tmp_path: Path, extension: str) -> None:
    surface = label_surface(sitk.Image(5, 5, 5, sitk.sitkUInt8))
    assert surface.GetNumberOfPoints() == 0
    write_surface(surface, tmp_path / f"surface.{extension}")
    assert (tmp_path / f"surface.{extension}").stat().st_size > 0
    if extension in {"vtk", "stl"}:
        assert read_surface(tmp_path / f"surface.{extension}").GetNumberOfPoints() == 0
