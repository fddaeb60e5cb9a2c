"""Write volumes as NIfTI, MHA and NRRD, compressed, with every bit of the grid that the format can hold."""

from __future__ import annotations

import gzip
import struct
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from isal import igzip
from numpy.typing import NDArray

from tomaat.errors import InvalidOutput, NotAcceptable
from tomaat.image import Grid, is_volume
from tomaat.image_files.header import read_header
from tomaat.image_files.limits import Limits
from tomaat.image_files.reading import read_stored, read_volume

LABEL_INTENT = 1002
"""NIFTI_INTENT_LABEL."""
SMALLEST = (sitk.sitkUInt8, 255), (sitk.sitkUInt16, 2**16 - 1), (sitk.sitkUInt32, 2**32 - 1)
NIFTI_TYPES = {
    sitk.sitkUInt8: (2, 8), sitk.sitkInt16: (4, 16), sitk.sitkInt32: (8, 32), sitk.sitkFloat32: (16, 32),
    sitk.sitkFloat64: (64, 64), sitk.sitkInt8: (256, 8), sitk.sitkUInt16: (512, 16), sitk.sitkUInt32: (768, 32),
    sitk.sitkInt64: (1024, 64), sitk.sitkUInt64: (1280, 64),
}  # fmt: skip
"""What NIfTI calls each pixel type, and its bits."""
GZIP_LEVEL = 2
"""Labels compress to a few thousandths at any level; 2 is three times as fast as the default."""


def write_labels(
    labels: sitk.Image, target: Path, grid: Grid | None = None, label_names: Mapping[int, str] | None = None
) -> None:
    """Write a label volume, with the smallest unsigned pixel type that holds its values.

    :param labels: whole numbers from 0 on; floats that are whole numbers will do.
    :param target: ends in ``.nii.gz``, ``.nii``, ``.mha`` or ``.nrrd``.
    :param grid: what the file shall have as its grid; the image's own when not given. The sizes must agree.
    :param label_names: names by voxel value; NIfTI keeps what fits of them.

    Raises :class:`InvalidOutput` with half a sentence for anything but labels.
    """
    image = smallest(labels)
    (grid or Grid.of(labels)).stamp(image)
    if target.name.endswith((".nii", ".nii.gz")):
        _write_nifti(image, target, gzip.GzipFile, _label_fields(label_names or {}))
        return
    _write_itk(image, target)


def write_volume(image: sitk.Image, target: Path) -> None:
    """Write a 3-D scalar image, with its pixel type.

    :param target: ends in ``.nii.gz``, ``.nii``, ``.mha`` or ``.nrrd``.

    Raises :class:`InvalidOutput` with half a sentence for one that the format can't hold.
    """
    if target.name.endswith((".nii", ".nii.gz")):
        _write_nifti(image, target, igzip.IGzipFile)
        return
    _write_itk(image, target)


def convert_volume(source: Path, target: Path, field: str | None = None) -> None:
    """Write a volume that somebody has sent as :func:`~tomaat.image_files.reading.read_volume` reads it: on the grid
    that an app sees.

    Raises what that raises, and :class:`NotAcceptable` where the format of ``target``'s name can't hold it.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        image = read_volume(source, Path(scratch), field)
    try:
        write_volume(image, target)
    except InvalidOutput as error:
        raise NotAcceptable(f"The volume {error.detail}", field=field) from None


def convert_labels(source: Path, target: Path, label_names: Mapping[int, str] | None = None) -> None:
    """Write a label volume that :func:`write_labels` wrote again, in the format of ``target``'s name."""
    volume = read_header(source, Limits())
    write_labels(read_stored(source, volume, target.parent), target, None, label_names)


def smallest(labels: Any) -> sitk.Image:
    """A copy with the smallest unsigned pixel type. Raises :class:`InvalidOutput` with half a sentence."""
    if (
        not is_volume(labels)
        or labels.GetNumberOfComponentsPerPixel() != 1
        or "complex" in labels.GetPixelIDTypeAsString()
    ):
        raise InvalidOutput("must be a 3-D SimpleITK image with one number per voxel.")
    if labels.GetPixelID() == sitk.sitkUInt8:
        return sitk.Image(labels)
    array = sitk.GetArrayViewFromImage(labels)
    if array.dtype.kind == "f" and not np.array_equal(array, np.rint(array)):
        raise InvalidOutput("must hold labels, which are whole numbers; apply a threshold or an argmax first.")
    least, most = array.min(), array.max()
    if least < 0 or most > SMALLEST[-1][1]:
        raise InvalidOutput(f"must hold labels from 0 on, not from {least} to {most}.")
    cast: sitk.Image = sitk.Cast(labels, next(pixel for pixel, limit in SMALLEST if most <= limit))
    return cast


def _write_itk(image: sitk.Image, target: Path) -> None:
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("MetaImageIO" if target.suffix == ".mha" else "NrrdImageIO")
    writer.SetUseCompression(True)
    writer.SetCompressionLevel(GZIP_LEVEL)
    writer.SetFileName(str(target))
    writer.Execute(image)


def _write_nifti(
    image: sitk.Image, target: Path, packer: Callable[..., Any], fields: Mapping[int, bytes] | None = None
) -> None:
    """Write a NIfTI-1 file ourselves: ITK's writer has no way to set the intent.

    :param packer: ``gzip.GzipFile``; or isal's, which is the faster one for what is no label.
    :param fields: what else the header has, by the offsets of its fields.
    """
    header = _nifti_header(image)
    for offset, field in (fields or {}).items():
        header[offset : offset + len(field)] = field
    voxels = np.ascontiguousarray(sitk.GetArrayViewFromImage(image)).data
    if target.suffix == ".nii":
        with target.open("wb") as file:
            file.write(header)
            file.write(voxels)
        return
    # mtime=0 and no name: the same voxels give the same bytes
    with target.open("wb") as file, packer("", "wb", GZIP_LEVEL, file, mtime=0) as packed:
        packed.write(header)
        packed.write(voxels)


def _label_fields(label_names: Mapping[int, str]) -> dict[int, bytes]:
    """The fields of a NIfTI header that say that its voxels are labels: intent, description, intent's name."""
    names = "; ".join(f"{value}: {name}" for value, name in label_names.items()).encode("utf-8")
    only_name = next(iter(label_names.values()), "").encode("utf-8") if len(label_names) == 1 else b"labels"
    return {68: struct.pack("<h", LABEL_INTENT), 148: _cut(names, 79), 328: _cut(only_name, 15)}


def _nifti_header(image: sitk.Image) -> bytearray:
    grid = Grid.of(image)
    if max(grid.size) > 2**15 - 1:
        raise InvalidOutput("is too long for NIfTI, which ends at 32,767 voxels along an axis; ask for mha or nrrd.")
    datatype, bits = NIFTI_TYPES[image.GetPixelID()]
    quaternion, flip = _quaternion(grid)
    affine = grid.ras_affine
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *grid.size, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, datatype, bits)
    struct.pack_into("<8f", header, 76, flip, *grid.spacing, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = 2  # millimetres
    struct.pack_into("<2h", header, 252, 1, 1)  # scanner coordinates, in both transforms
    struct.pack_into("<6f", header, 256, *quaternion, *affine[:3, 3])
    struct.pack_into("<12f", header, 280, *affine[:3].ravel())
    header[344:348] = b"n+1\0"
    return header


def _cut(text: bytes, length: int) -> bytes:
    """At most ``length`` bytes, whole characters only."""
    return text[:length].decode("utf-8", "ignore").encode("utf-8")


def _quaternion(grid: Grid) -> tuple[NDArray[np.float64], float]:
    """The qform of a grid: three numbers of a unit quaternion, and whether the z axis is flipped (-1).

    A rotation's quaternion is the eigenvector of the largest eigenvalue of a symmetric 4 x 4 matrix, which holds for
    each rotation alike (I. Y. Bar-Itzhack, "New method for extracting the quaternion from a rotation matrix",
    J. Guid. Control Dyn. 23, 2000).
    """
    rotation = grid.ras_affine[:3, :3] / grid.spacing
    flip = 1.0 if np.linalg.det(rotation) > 0 else -1.0
    r = rotation * (1.0, 1.0, flip)
    k = np.array(
        [
            [r[0, 0] - r[1, 1] - r[2, 2], 0, 0, 0],
            [r[1, 0] + r[0, 1], r[1, 1] - r[0, 0] - r[2, 2], 0, 0],
            [r[2, 0] + r[0, 2], r[2, 1] + r[1, 2], r[2, 2] - r[0, 0] - r[1, 1], 0],
            [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)],
        ]
    )
    x, y, z, w = np.linalg.eigh(k)[1][:, -1]
    return np.array([x, y, z]) * (1.0 if w >= 0 else -1.0), flip
