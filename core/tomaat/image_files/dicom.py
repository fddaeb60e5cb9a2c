"""One volume from the files of a DICOM series.

GDCM decodes the slices; the order and the distance of the slices are computed here from Image Position (Patient), as
DICOM PS3.3 C.7.6.2.1.1 has it. Slice Thickness says nothing about the distance, and names of files nothing about order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from tomaat.errors import InvalidInput
from tomaat.image_files.limits import Limits

SERIES, POSITION, ORIENTATION = "0020|000e", "0020|0032", "0020|0037"
UNEVEN = 0.02
"""Of the slice distance: how far a slice may be from its place. Scanners round positions to a hundredth or so."""
Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Slice:
    """One image of a series, by its header alone."""

    path: Path
    series: str
    size: tuple[int, ...]
    spacing: tuple[float, ...]
    components: int
    position: tuple[float, ...]
    orientation: tuple[float, ...]


def read_series(paths: Sequence[Path], limits: Limits) -> sitk.Image:
    """The volume whose slices are among ``paths``; files that are no DICOM images are passed over.

    Slices of another shape or orientation than most (a scout, a report) would be another series and must not be sent
    along. Nobody can guess which of two series is meant, so that several are refused.

    Raises :class:`InvalidInput` with half a sentence: no image, several series, a slice missing, twice or damaged.
    """
    slices = [found for path in paths if _is_dicom(path) and (found := _slice(path)) is not None]
    if not slices:
        raise InvalidInput("there is no DICOM image in this zip that can be read.")
    series = {item.series for item in slices}
    if len(series) > 1:
        raise InvalidInput(f"there are {len(series)} DICOM series in this zip; send one.")
    first = slices[0]
    if len(slices) == 1 and len(first.size) == 3 and first.size[2] > 1:
        return _multiframe(first, limits)
    _check_alike(slices)
    if first.size[0] * first.size[1] * len(slices) > limits.voxels:
        raise InvalidInput(f"its slices have more than {limits.voxels:,} voxels together.")
    return _stack(slices)


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def _slice(path: Path) -> Slice | None:
    """The header of a file; ``None`` for one without an image."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None

    def numbers(tag: str) -> tuple[float, ...]:
        try:
            return (
                tuple(float(text) for text in reader.GetMetaData(tag).split("\\")) if reader.HasMetaDataKey(tag) else ()
            )
        except ValueError:
            return ()

    series = reader.GetMetaData(SERIES).strip(" \0") if reader.HasMetaDataKey(SERIES) else ""
    components = reader.GetNumberOfComponents()
    return Slice(
        path, series, reader.GetSize(), reader.GetSpacing(), components, numbers(POSITION), numbers(ORIENTATION)
    )


def _check_alike(slices: Sequence[Slice]) -> None:
    first = slices[0]
    if first.components != 1:
        raise InvalidInput("one number per voxel was expected, but these DICOM images are in colour.")
    for item in slices:
        if len(item.position) != 3 or len(item.orientation) != 6 or not np.isfinite(item.position).all():
            raise InvalidInput("a DICOM image in this zip does not say where in the patient it is.")
        alike = item.size[:2] == first.size[:2] and item.components == first.components
        near = np.allclose(item.spacing[:2], first.spacing[:2], rtol=1e-4)
        if not alike or not near or not np.allclose(item.orientation, first.orientation, atol=1e-3):
            raise InvalidInput("the DICOM images in this zip differ in size or orientation; send one series.")


def _stack(slices: Sequence[Slice]) -> sitk.Image:
    """The slices in the order of their positions along the normal of their plane."""
    first = slices[0]
    right, down = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    if abs(right @ down) > 1e-3 or not np.allclose(np.linalg.norm([right, down], axis=1), 1, atol=1e-3):
        raise InvalidInput("the DICOM images in this zip have an impossible orientation.")
    right = right / np.linalg.norm(right)
    down = down - (down @ right) * right
    down /= np.linalg.norm(down)
    normal = np.cross(right, down)
    positions = np.array([item.position for item in slices])
    order = np.argsort(positions @ normal, kind="stable")
    distance = _distance(positions[order], normal)
    try:
        images = [_pixels(slices[index].path) for index in order]
        volume: sitk.Image = sitk.JoinSeries(_one_type(images))
    except RuntimeError:
        raise InvalidInput("a DICOM image in this zip is damaged, or compressed in an unknown way.") from None
    volume.SetSpacing((first.spacing[0], first.spacing[1], distance))
    volume.SetOrigin(positions[order[0]].tolist())
    volume.SetDirection(np.stack([right, down, normal], axis=1).ravel().tolist())
    return volume


def _distance(positions: Vectors, normal: Vectors) -> float:
    """Millimetres between slices, which must be even."""
    if len(positions) == 1:
        return 1.0
    along = positions @ normal
    steps = np.diff(along)
    distance = float((along[-1] - along[0]) / (len(along) - 1))
    if steps.min() < 1e-3:
        raise InvalidInput("two DICOM images in this zip are at the same place; send one series, each slice once.")
    even = np.abs(along - (along[0] + distance * np.arange(len(along)))).max() <= max(UNEVEN * distance, 0.01)
    if not even or np.abs(steps - distance).max() > max(2 * UNEVEN * distance, 0.02):
        raise InvalidInput(
            f"its slices are not evenly spaced ({steps.min():.3g} to {steps.max():.3g} mm apart): is one missing?"
        )
    sideways = positions - positions[0] - np.outer(along - along[0], normal)
    if np.abs(sideways).max() > max(UNEVEN * distance, 0.01) * 5:
        raise InvalidInput(
            "its slices are not stacked at right angles to their plane (gantry tilt); resample them first."
        )
    return distance


def _pixels(path: Path) -> sitk.Image:
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(path))
    image: sitk.Image = reader.Execute()
    flat: sitk.Image = image[:, :, 0] if image.GetDimension() == 3 else image
    return flat


def _one_type(images: Sequence[sitk.Image]) -> list[sitk.Image]:
    """Rescale slopes differ from slice to slice in PET, and then the pixel types may."""
    types = {image.GetPixelID() for image in images}
    wide = sitk.sitkFloat64 if types & {sitk.sitkFloat32, sitk.sitkFloat64} else sitk.sitkInt32
    plain = []
    for image in images:
        image = sitk.Cast(image, wide) if len(types) > 1 else image
        image.SetOrigin((0, 0))
        image.SetSpacing((1, 1))
        image.SetDirection((1, 0, 0, 1))
        plain.append(image)
    return plain


def _multiframe(item: Slice, limits: Limits) -> sitk.Image:
    """An enhanced image: all slices in one file, placed as GDCM places them."""
    if int(np.prod(item.size)) > limits.voxels or item.components != 1:
        raise InvalidInput("it is in colour, or larger than this host takes.")
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(item.path))
    try:
        image: sitk.Image = reader.Execute()
    except RuntimeError:
        raise InvalidInput("its DICOM image is damaged, or compressed in an unknown way.") from None
    return image
