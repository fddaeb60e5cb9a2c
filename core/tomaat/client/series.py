"""A folder of DICOM files as one upload."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from tomaat.errors import InvalidInput

_MAGIC_AT = 128
_MAGIC = b"DICM"


def zip_series(folder: Path, target: Path, field: str) -> None:
    """Write the DICOM files below ``folder`` into a zip archive.

    The files get numbers for names, as names often tell of the patient. They are stored as they are: packing them
    costs more time than it saves on the way.

    Raises :class:`~tomaat.errors.InvalidInput` if there is none.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True, strict_timestamps=False) as archive:
        number = 0
        for number, path in enumerate(_dicom_files(folder), start=1):
            archive.write(path, f"{number:06}.dcm")
    if number == 0:
        raise InvalidInput(f"The folder {folder} holds no DICOM files.", field=field)


def _dicom_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC:
                    yield path
