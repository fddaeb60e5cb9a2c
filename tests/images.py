"""Small volumes, and the bytes of their files."""

from __future__ import annotations

import tempfile
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


def file_of(image: sitk.Image, name: str = "image.nii.gz", *, compressed: bool = True) -> bytes:
    """The bytes of a file; the name's extension says its format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        sitk.WriteImage(image, str(path), compressed)
        return path.read_bytes()


def read(content: bytes, name: str) -> sitk.Image:
    """The image in a file's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return sitk.ReadImage(str(path))


def grid_of(image: sitk.Image) -> tuple[tuple[float, ...], ...]:
    """Size, spacing, origin, direction."""
    return image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()
