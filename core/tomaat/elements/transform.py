"""A spatial transform as an input."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from tomaat.elements.element import InputElement
from tomaat.elements.transform_file import check_transform_file
from tomaat.errors import InvalidInput
from tomaat.image_files.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Transform(InputElement):
    """A transform in ITK's LPS millimetres: a displacement field (5-D NIfTI), or an ITK file (``.h5``, ``.mat``,
    ``.tfm``), recognised by content. ``data[destination]`` is a ``SimpleITK.Transform`` of three dimensions."""

    kind = "transform"
    receives: ClassVar[Literal["text", "file"]] = "file"
    preload: ClassVar[tuple[str, ...]] = ("SimpleITK", "numpy", "tomaat.transforms")

    def check_file(self, path: Path, limits: Limits | None = None) -> None:
        try:
            check_transform_file(path, limits or Limits())
        except InvalidInput as error:
            raise self.invalid(f"{self.destination!r} can't be read: {error.detail}") from None

    def read(self, path: Path, scratch: Path, limits: Limits | None = None) -> Any:
        from tomaat.transforms import read_transform

        self.check_file(path, limits)
        return read_transform(path, scratch, field=self.destination)
