"""Small volumes, and the bytes of their files."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk


def ball(size: tuple[int, int, int] = (14, 12, 10)) -> sitk.Image:
    """A bright ball in the dark, on an oblique and anisotropic grid; int16."""
    indices = np.indices(size[::-1])
    middle = (np.array(size[::-1]) - 1)[:, None, None, None] / 2
    inside = ((indices - middle) ** 2).sum(0) < 16
    image = sitk.GetImageFromArray((inside * 900 - 100).astype(np.int16))
    image.SetSpacing((1.0, 1.5, 2.5))
    image.SetOrigin((-12.5, 33.0, 7.25))
    image.SetDirection((0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    return image


def body() -> sitk.Image:
    """A bright body in the dark, with another shape in each plane and to each side, on an oblique and flipped grid."""
    voxels = np.zeros((40, 50, 60), np.int16)
    voxels[8:32, 10:40, 12:50] = 800
    voxels[8:20, 10:22, 12:30] = 0
    voxels[24:40, 30:36, 44:48] = 800
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((1.5, 2.0, 2.5))
    image.SetOrigin((-40.0, 30.0, 12.0))
    image.SetDirection((-0.96, 0.28, 0.0, 0.28, 0.96, 0.0, 0.0, 0.0, 1.0))
    return image


def file_of(image: sitk.Image, name: str = "image.nii.gz", *, compressed: bool = True) -> bytes:
    """The bytes of a file; the name's extension says its format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        sitk.WriteImage(image, str(path), compressed)
        return path.read_bytes()


def series_of(image: sitk.Image) -> bytes:
    """The bytes of a zip of a DICOM series, its slices in no order."""
    packed = io.BytesIO()
    direction = image.GetDirection()
    shared = {
        "0008|0060": "CT",
        "0008|0020": "20260102",  # else it writes when it writes, and each slice is of another study
        "0008|0030": "030405",
        "0008|0008": "DERIVED\\SECONDARY",
        "0020|000d": "1.2.826.0.1.3680043.2.1125.1",
        "0020|000e": "1.2.826.0.1.3680043.2.1125.1.1",
        "0020|0037": "\\".join(map(str, (*direction[0::3], *direction[1::3]))),
    }
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.KeepOriginalImageUIDOn()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(packed, "w") as archive:
        for number in reversed(range(image.GetDepth())):
            part, path = image[:, :, number], Path(folder) / f"slice{-number}"
            position = image.TransformIndexToPhysicalPoint((0, 0, number))
            own = {"0020|0032": "\\".join(map(str, position)), "0008|0018": f"{shared['0020|000e']}.{number + 1}"}
            for tag, value in (shared | own).items():
                part.SetMetaData(tag, value)
            writer.SetFileName(str(path))
            writer.Execute(part)
            archive.write(path, path.name)
    return packed.getvalue()


def read(content: bytes, name: str) -> sitk.Image:
    """The image in a file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return sitk.ReadImage(str(path))


def grid_of(image: sitk.Image) -> tuple[tuple[float, ...], ...]:
    """Size, spacing, origin, direction."""
    return image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()
