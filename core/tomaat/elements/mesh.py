"""A surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.elements.element import Format, OutputElement
from tomaat.errors import InvalidOutput

if TYPE_CHECKING:
    from tomaat.image import Grid


@dataclass(frozen=True, kw_only=True)
class VTKMesh(OutputElement):
    """A surface in LPS millimetres; ``data[field]`` is a ``vtkPolyData``, or a label volume (``SimpleITK.Image``)
    whose surface is wanted. Needs the extra ``mesh``."""

    kind = "VTKMesh"
    formats: ClassVar[tuple[Format, ...]] = (
        Format("vtk", "model/vtk"),
        Format("stl", "model/stl"),
        Format("ply", "model/ply"),
        Format("obj", "model/obj"),
    )
    tomaat_format: ClassVar[str] = "vtk"
    preload: ClassVar[tuple[str, ...]] = ("SimpleITK", "numpy", "tomaat.surface", "tomaat.surface_file")

    def encode(self, value: Any, target: Path, grids: Mapping[str, Grid]) -> None:
        from vtkmodules.vtkCommonDataModel import vtkPolyData

        from tomaat.image import is_volume
        from tomaat.surface import label_surface
        from tomaat.surface_file import write_surface

        try:
            surface = label_surface(value) if is_volume(value) else value
        except InvalidOutput as error:
            raise InvalidOutput(f"The result {self.name!r} {error.detail}", field=self.name) from None
        if not isinstance(surface, vtkPolyData):
            raise InvalidOutput(
                f"The result {self.name!r} must be a vtkPolyData or a label volume, not {type(value).__name__}.",
                field=self.name,
            )
        write_surface(surface, target)

    def convert(self, source: Path, target: Path) -> None:
        from tomaat.surface_file import read_surface, write_surface

        write_surface(read_surface(source), target)
