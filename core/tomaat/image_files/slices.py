"""A volume as pictures: strips of slices in the three planes, for a page without a viewer.

They are seen as radiologists see them, whatever the volume's own axes are: the patient's right is on the left of axial
and coronal slices, the face is above in axial ones and on the left in sagittal ones, the head is above in both others.
An oblique volume is shown along its own axes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from tomaat.image import Grid, same_grid, to_grid
from tomaat.image_files.reading import read_volume
from tomaat.orientation import Orientation

TILE = 256
"""Pixels along each side of a slice's tile."""
TILES = 32
"""Slices in a strip, from the first to the last of the volume."""
WINDOW = (2.0, 98.0)
"""Percentiles of the intensities that are black and white."""
SAMPLE = 1_000_000
"""Voxels that the percentiles are taken of."""
OPACITY = 0.5
"""Of labels over their image."""
AXES = {"axial": (2, 1, 0), "coronal": (1, 2, 0), "sagittal": (0, 2, 1)}
"""For each plane the axes x, y, z across it, down and to the right in it."""

Array = NDArray[Any]


@dataclass(frozen=True)
class Scene:
    """What is drawn. The arrays are x, y, z; x grows to the patient's left, y to the back, z to the feet.

    :ivar spacing: millimetres.
    :ivar window: the intensities that are black and white.
    :ivar colors: of labels, as ``#rrggbb``, by voxel value.
    :ivar palette: for labels without a colour of their own, in turn.
    """

    voxels: Array
    labels: Array | None
    spacing: tuple[float, ...]
    window: tuple[float, float]
    colors: Mapping[int, str]
    palette: Sequence[str]


def write_slices(
    source: Path,
    target: Path,
    *,
    over: Path | None = None,
    colors: Mapping[int, str] | None = None,
    palette: Sequence[str] = ("#ffffff",),
) -> None:
    """Write ``axial.png``, ``coronal.png`` and ``sagittal.png``: :data:`TILES` tiles of :data:`TILE` pixels below each
    other, evenly spaced from the head to the feet, from front to back, from right to left.

    :param source: a volume in any format that is read.
    :param target: the folder to make.
    :param over: a label volume that is drawn over it, on any grid.
    :param colors: of labels, as ``#rrggbb``, by voxel value.
    :param palette: for labels without a colour of their own, in turn.

    Raises :class:`InvalidInput` for what is no volume.
    """
    image = _read(source, target.parent)
    labels = _read(over, target.parent) if over else None
    if labels is not None and not same_grid(labels, image):
        labels = to_grid(labels, Grid.of(image), "nearest")
    scene = _scene(image, labels, colors or {}, palette)
    target.mkdir()
    for plane, axes in AXES.items():
        picture = sitk.GetImageFromArray(_strip(scene, axes), isVector=True)
        sitk.WriteImage(picture, str(target / f"{plane}.png"), useCompression=True)


def _read(path: Path, folder: Path) -> sitk.Image:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return read_volume(path, Path(scratch))


def _scene(image: sitk.Image, labels: sitk.Image | None, colors: Mapping[int, str], palette: Sequence[str]) -> Scene:
    """What is drawn: views of two images, which must outlive it."""
    grid = Grid.of(image)
    orientation = Orientation.of(grid.ras_affine, "LPI")
    voxels = _oriented(image, orientation)
    oriented = None if labels is None else _oriented(labels, orientation)
    spacing = tuple(grid.spacing[axis] for axis in orientation.axes)
    return Scene(voxels, oriented, spacing, _window(voxels), colors, palette)


def _oriented(image: sitk.Image, orientation: Orientation) -> Array:
    """A volume's voxels, x, y, z as the orientation has them."""
    voxels = sitk.GetArrayViewFromImage(image).transpose(2, 1, 0).transpose(orientation.axes)
    return np.flip(voxels, orientation.turned)


def _window(voxels: Array) -> tuple[float, float]:
    """The intensities that are black and white; the darkest and the brightest where nearly all are one."""
    step = max(1, int(np.ceil((voxels.size / SAMPLE) ** (1 / 3))))
    sample = voxels[::step, ::step, ::step]
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 0.0, 1.0
    low, high = np.percentile(sample, WINDOW)
    if low == high:
        low, high = sample.min(), sample.max()
    return float(low), float(high) if high > low else float(low) + 1.0


def _strip(scene: Scene, axes: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The slices of one plane, below each other: rows, columns, RGB."""
    number, *sizes = (scene.voxels.shape[axis] for axis in axes)
    lengths = [size * scene.spacing[axis] for size, axis in zip(sizes, axes[1:], strict=True)]
    rows, columns = (max(1, round(TILE * length / max(lengths))) for length in lengths)
    top, left = (TILE - rows) // 2, (TILE - columns) // 2
    scaling = [_weights(old, new) for old, new in zip(sizes, (rows, columns), strict=True)]
    nearest = np.ix_(*(_nearest(old, new) for old, new in zip(sizes, (rows, columns), strict=True)))
    strip = np.zeros((TILES, TILE, TILE, 3), np.uint8)
    for tile, index in zip(strip, _nearest(number, TILES), strict=True):
        place = tile[top : top + rows, left : left + columns]
        place[:] = _grey(scene.voxels.transpose(axes)[index], scaling, scene.window)[..., None]
        if scene.labels is not None:
            _paint(place, scene.labels.transpose(axes)[index][nearest], scene)
    return strip.reshape(TILES * TILE, TILE, 3)


def _grey(voxels: Array, scaling: Sequence[Array], window: tuple[float, float]) -> NDArray[np.uint8]:
    """A slice as it is shown, 0 black."""
    low, high = window
    rows, columns = scaling
    scaled = rows @ np.nan_to_num(voxels.astype(np.float32)) @ columns.T
    grey: NDArray[np.uint8] = (np.clip((scaled - low) / (high - low), 0, 1) * 255).round().astype(np.uint8)
    return grey


def _paint(picture: NDArray[np.uint8], labels: Array, scene: Scene) -> None:
    """Draw labels over a picture of their size; what is 0 is not drawn."""
    painted = labels != 0
    values, where = np.unique(labels[painted], return_inverse=True)
    if values.size:
        colors = np.array([_color(scene, int(value)) for value in values])[where]
        picture[painted] = (picture[painted] * (1 - OPACITY) + colors * OPACITY).round()


def _color(scene: Scene, value: int) -> list[int]:
    """Red, green and blue of a label, from 0 to 255."""
    color = scene.colors.get(value) or scene.palette[(value - 1) % len(scene.palette)]
    return list(bytes.fromhex(color.removeprefix("#")))


def _nearest(old: int, new: int) -> Array:
    """For each of ``new`` pixels the one of ``old`` voxels that its middle lies in."""
    return (np.arange(new) * 2 + 1) * old // (2 * new)


def _weights(old: int, new: int) -> Array:
    """How much each of ``old`` voxels counts for each of ``new`` pixels: linear, and over all of a pixel's width where
    voxels are smaller."""
    middles = (np.arange(new) + 0.5) * old / new - 0.5
    weights = np.maximum(0, 1 - np.abs(np.arange(old) - middles[:, None]) / max(1.0, old / new))
    normal: Array = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return normal
