"""A 3-D image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from tomaat.elements.element import Format, InputElement
from tomaat.image_files.header import check_header
from tomaat.image_files.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Volume(InputElement):
    """A 3-D scalar image: NIfTI, MHA, NRRD, or a zip of one DICOM series, recognised by content.

    ``data[destination]`` is a ``SimpleITK.Image`` with the pixel type of the file, in LPS millimetres.

    :param modality: what it should be, for people: ``"CT"``, ``"MR T1"``.
    """

    kind = "volume"
    receives: ClassVar[Literal["text", "file"]] = "file"
    formats: ClassVar[tuple[Format, ...]] = (
        Format("nii.gz", "application/gzip"),
        Format("nii", "application/x-nifti"),
        Format("mha", "application/x-mha"),
        Format("nrrd", "application/x-nrrd"),
    )
    preload: ClassVar[tuple[str, ...]] = ("SimpleITK", "numpy", "tomaat.image_files.reading")

    modality: str = ""

    def check_file(self, path: Path, limits: Limits | None = None) -> None:
        check_header(path, field=self.destination, limits=limits)

    def read(self, path: Path, scratch: Path, limits: Limits | None = None) -> Any:
        from tomaat.image_files.reading import read_volume

        return read_volume(path, scratch, field=self.destination, limits=limits)

    def convert(self, source: Path, target: Path) -> None:
        from tomaat.image_files.writing import convert_volume

        convert_volume(source, target, field=self.destination)
