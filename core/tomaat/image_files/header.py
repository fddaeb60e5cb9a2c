"""Recognise a volume's file by its content, and check its header before anything is done with it.

Pure Python, and only the first kilobytes are read: this runs in the host, on what anybody may send. The reader
(:mod:`tomaat.image_files.reading`) works from the :class:`StoredVolume` that comes out of here, so that no imaging
library ever parses a header that was uploaded, nor follows a file name in it.
"""

from __future__ import annotations

import re
import zlib
from enum import Enum
from pathlib import Path

from tomaat.errors import InvalidInput
from tomaat.image_files.archive import check_archive
from tomaat.image_files.limits import Limits, StoredVolume, check_claim
from tomaat.image_files.mha import read_mha_header
from tomaat.image_files.nifti import is_nifti, read_nifti_header
from tomaat.image_files.nrrd import read_nrrd_header

HEAD = 2**16
"""Bytes that a header has to fit into."""
EXPECTED = "a volume was expected: NIfTI (.nii, .nii.gz), MHA, NRRD, or a zip of one DICOM series"
MHA_START = re.compile(rb"\s*(Comment|ObjectType|ObjectSubType|NDims|Name|ID|BinaryData|DimSize)\s*[=:]", re.IGNORECASE)


class ImageFormat(Enum):
    """What a volume may come in."""

    NIFTI = "NIfTI"
    NIFTI_GZ = "compressed NIfTI"
    MHA = "MHA"
    NRRD = "NRRD"
    DICOM_ZIP = "zip of a DICOM series"


def recognise(path: Path) -> ImageFormat:
    """The format of a file, by its content; its name says nothing. Raises :class:`InvalidInput`."""
    return _recognise(_head(path))


def check_header(path: Path, field: str | None = None, limits: Limits | None = None) -> None:
    """Refuse a file that is no volume, by its first kilobytes.

    :param path: the upload.
    :param field: the input's name, for the error.

    Raises :class:`InvalidInput` for unknown or empty content, a cut off file where that shows, a header that names
    another file, that claims more than ``limits`` or more than the file can hold, that is not 3-D and scalar, or whose
    spacing, origin or direction are not finite; for an archive whose entries are not safe to unpack.
    """
    try:
        limits = limits or Limits()
        if recognise(path) is ImageFormat.DICOM_ZIP:
            check_archive(path, limits)
        else:
            read_header(path, limits)
    except InvalidInput as error:
        raise about(error, field) from None


def about(error: InvalidInput, field: str | None) -> InvalidInput:
    """The same error, as a whole sentence about ``field``."""
    subject = f"{field!r} can't be read" if field else "The file can't be read"
    return InvalidInput(f"{subject}: {error.detail}", field=field)


def read_header(path: Path, limits: Limits, *, vectors: bool = False) -> StoredVolume:
    """What a NIfTI, MHA or NRRD file holds. Raises :class:`InvalidInput` with half a sentence.

    :param vectors: take a NIfTI with three numbers per voxel, and no other: a displacement field.
    """
    head = _head(path)
    format_ = _recognise(head)
    if format_ is ImageFormat.NIFTI:
        volume = read_nifti_header(head, compressed=False, vectors=vectors)
    elif format_ is ImageFormat.NIFTI_GZ:
        volume = read_nifti_header(_unzipped(head), compressed=True, vectors=vectors)
    elif vectors or format_ is ImageFormat.DICOM_ZIP:
        raise InvalidInput("a NIfTI file was expected.")
    elif format_ is ImageFormat.MHA:
        volume = read_mha_header(head)
    else:
        volume = read_nrrd_header(head)
    check_claim(volume, path.stat().st_size, limits)
    return volume


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _recognise(head: bytes) -> ImageFormat:
    if not head:
        raise InvalidInput("the file is empty.")
    if head[:2] == b"\x1f\x8b":
        if is_nifti(_unzipped(head)):
            return ImageFormat.NIFTI_GZ
        raise InvalidInput(f"it is compressed, but there is no NIfTI volume in it; {EXPECTED}.")
    if is_nifti(head):
        return ImageFormat.NIFTI
    if head[:4] in {b"PK\x03\x04", b"PK\x05\x06"}:
        return ImageFormat.DICOM_ZIP
    if head[:6] == b"NRRD00":
        return ImageFormat.NRRD
    if MHA_START.match(head):
        return ImageFormat.MHA
    if head[128:132] == b"DICM":
        raise InvalidInput("it is a single DICOM file; send all files of the series in one zip.")
    raise InvalidInput(f"{EXPECTED}.")


def _unzipped(head: bytes) -> bytes:
    """The beginning of what is in a gzip."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        raise InvalidInput("it begins like a gzip, and is none.") from None
