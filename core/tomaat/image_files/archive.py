"""Zips of a DICOM series: what may be unpacked, and how."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tomaat.errors import InvalidInput
from tomaat.image_files.limits import Limits

DEFLATE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
IGNORED = ("__MACOSX/", "DICOMDIR")
"""What archives of a series carry beside the images."""
RATIO = 200
"""Images do not shrink by more than this; a file that does is a bomb."""
SMALL = 2**20
"""Bytes below which an entry may shrink as it likes: an empty slice is not a bomb."""


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse a zip that can't be a DICOM series, or would do harm if unpacked. Raises :class:`InvalidInput`."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked(archive, limits)
            if not any(_is_dicom(archive, entry) for entry in entries[:100]):
                raise InvalidInput("there is no DICOM image in this zip.")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError):
        raise InvalidInput("it is a damaged or cut off zip.") from None


def unpack_archive(path: Path, folder: Path, limits: Limits) -> list[Path]:
    """Write the files of a zip as ``0.dcm``, ``1.dcm``, ... into ``folder``; no name of the zip is used.

    Raises :class:`InvalidInput`, also for a wrong checksum and for entries that are longer than they claim.
    """
    unpacked = []
    try:
        with zipfile.ZipFile(path) as archive:
            for number, entry in enumerate(_checked(archive, limits)):
                target = folder / f"{number}.dcm"
                with archive.open(entry) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 2**20)  # zipfile itself stops at the size that is claimed
                unpacked.append(target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError):
        raise InvalidInput("it is a damaged or cut off zip.") from None
    return unpacked


def _checked(archive: zipfile.ZipFile, limits: Limits) -> list[zipfile.ZipInfo]:
    """The files of an archive that may be unpacked."""
    listed = archive.infolist()
    if len(listed) > limits.files:
        raise InvalidInput(f"this zip has {len(listed):,} entries; at most {limits.files:,} are taken.")
    for entry in listed:
        for problem in _problems(entry):
            raise InvalidInput(f"this zip has an entry that {problem}.")
    if sum(entry.file_size for entry in listed) > limits.bytes:
        raise InvalidInput(f"this zip holds more than {limits.bytes:,} bytes.")
    return [entry for entry in listed if not entry.is_dir() and entry.file_size and not _ignored(entry.filename)]


def _problems(entry: zipfile.ZipInfo) -> Iterator[str]:
    name = entry.orig_filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or "\0" in name:
        yield "has an absolute name"
    if ".." in name.split("/"):
        yield "points out of its folder ('..')"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        yield "is a link, not a file"
    if entry.flag_bits & 0x1:
        yield "is encrypted"
    if entry.compress_type not in DEFLATE:
        yield "is packed in an unusual way; use plain zip compression"
    if entry.file_size > SMALL and entry.file_size > RATIO * max(entry.compress_size, 1):
        yield "unpacks to implausibly much"


def _ignored(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return name.startswith(IGNORED) or base in IGNORED or base.startswith(".")


def _is_dicom(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as file:
        return file.read(132)[128:] == b"DICM"
