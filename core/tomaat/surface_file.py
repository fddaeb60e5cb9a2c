"""Read and write surfaces: legacy VTK, STL, PLY and OBJ. Needs vtk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkIOGeometry import vtkOBJReader, vtkOBJWriter, vtkSTLReader, vtkSTLWriter
from vtkmodules.vtkIOLegacy import vtkPolyDataReader, vtkPolyDataWriter
from vtkmodules.vtkIOPLY import vtkPLYReader, vtkPLYWriter

TITLE = "3D Slicer output. SPACE=LPS"
"""The title of a ``.vtk`` file, at most 255 characters: by it old and new Slicers know the coordinates."""


def write_surface(surface: vtkPolyData, target: Path) -> None:
    """Write a surface as it is, in the format of ``target``'s extension.

    :param surface: polygons in LPS millimetres.
    :param target: ends in ``.vtk`` (legacy, ASCII), ``.stl`` (binary), ``.ply`` (binary) or ``.obj``.

    Raises :class:`OSError` if it can't be written.
    """
    if surface.GetNumberOfPoints() == 0 and target.suffix != ".vtk":
        _write_empty(target)  # VTK's other writers refuse to
        return
    writer = _writer(target.suffix)
    writer.SetFileName(str(target))
    writer.SetInputData(surface)
    if not writer.Write():
        raise OSError("The surface could not be written.")


def read_surface(source: Path) -> vtkPolyData:
    """Read what :func:`write_surface` wrote."""
    readers = {".vtk": vtkPolyDataReader, ".stl": vtkSTLReader, ".ply": vtkPLYReader, ".obj": vtkOBJReader}
    reader: Any = readers[source.suffix]()
    reader.SetFileName(str(source))
    reader.Update()
    surface: vtkPolyData = reader.GetOutput()
    return surface


def _writer(suffix: str) -> Any:
    writer: Any
    if suffix == ".vtk":
        writer = vtkPolyDataWriter()
        writer.SetFileTypeToASCII()
        writer.SetFileVersion(42)  # the layout that every reader knows
        writer.SetHeader(TITLE)
    elif suffix == ".stl":
        writer = vtkSTLWriter()
        writer.SetFileTypeToBinary()
        writer.SetHeader(TITLE)
    elif suffix == ".ply":
        writer = vtkPLYWriter()
        writer.SetFileTypeToBinary()
        writer.AddComment("SPACE=LPS")
    else:
        writer = vtkOBJWriter()
    return writer


def _write_empty(target: Path) -> None:
    if target.suffix == ".stl":
        target.write_bytes(TITLE.encode().ljust(80, b"\0") + bytes(4))
    elif target.suffix == ".ply":
        target.write_text("ply\nformat ascii 1.0\nelement vertex 0\nelement face 0\nend_header\n", encoding="ascii")
    else:
        target.write_text(f"# {TITLE}\n", encoding="ascii")
