"""Spatial transforms as results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.elements.element import Format, OutputElement
from tomaat.errors import InvalidOutput

if TYPE_CHECKING:
    from tomaat.image import Grid

H5 = Format("h5", "application/x-hdf5")
TFM = Format("tfm", "text/plain")


@dataclass(frozen=True, kw_only=True)
class TransformResult(OutputElement):
    """What the three kinds have in common; ``data[field]`` is a ``SimpleITK.Transform`` of three dimensions, in LPS."""

    preload: ClassVar[tuple[str, ...]] = ("SimpleITK", "numpy", "tomaat.transforms")

    def encode(self, value: Any, target: Path, grids: Mapping[str, Grid]) -> None:
        from tomaat.transforms import write_transform

        try:
            write_transform(value, target, self.kind)
        except InvalidOutput as error:
            raise InvalidOutput(f"The result {self.name!r} {error.detail}", field=self.name) from None

    def convert(self, source: Path, target: Path) -> None:
        from tomaat.transforms import read_written, write_transform

        write_transform(read_written(source), target, self.kind)


@dataclass(frozen=True, kw_only=True)
class TransformGrid(TransformResult):
    """A displacement field; ``data[field]`` may also be its image, three LPS millimetres per voxel."""

    kind = "TransformGrid"
    formats: ClassVar[tuple[Format, ...]] = (Format("nii.gz", "application/gzip"), H5)
    tomaat_format: ClassVar[str] = "nii.gz"


@dataclass(frozen=True, kw_only=True)
class TransformBSpline(TransformResult):
    """A free-form deformation, ``SimpleITK.BSplineTransform``."""

    kind = "TransformBSpline"
    formats: ClassVar[tuple[Format, ...]] = (H5, TFM)
    tomaat_format: ClassVar[str] = "h5"


@dataclass(frozen=True, kw_only=True)
class TransformLinear(TransformResult):
    """A rigid, similarity or affine transform."""

    kind = "TransformLinear"
    formats: ClassVar[tuple[Format, ...]] = (Format("mat", "application/x-matlab-data"), H5, TFM)
    tomaat_format: ClassVar[str] = "mat"
