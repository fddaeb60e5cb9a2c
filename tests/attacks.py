"""Files that are made to do harm, for drills on a running host."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import broken_files
import images

ZEROS = 512
"""Mebibytes of zeros that a bomb holds, or more."""


def bomb_behind_a_volume() -> bytes:
    """A NIfTI of a few voxels, after which its gzip goes on for half a gibibyte of zeros."""
    small = gzip.decompress(images.file_of(images.ball()))
    packer = zlib.compressobj(1, wbits=31)
    zeros = bytes(2**20)
    return packer.compress(small) + b"".join(packer.compress(zeros) for _ in range(ZEROS)) + packer.flush()


def bomb_of_voxels() -> bytes:
    """A NIfTI whose header claims half a gibibyte of voxels, which its small gzip really holds."""
    header = bytearray(gzip.decompress(images.file_of(images.ball()))[:352])
    struct.pack_into("<8h", header, 40, 3, 512, 1024, ZEROS, 1, 1, 1, 1)
    packer = zlib.compressobj(1, wbits=31)
    zeros = bytes(2**20)
    return packer.compress(bytes(header)) + b"".join(packer.compress(zeros) for _ in range(ZEROS)) + packer.flush()


def zip_of_zeros() -> bytes:
    """A small zip with one entry of half a gibibyte."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("0.dcm", "w") as entry,
    ):
        entry.write(bytes(128) + b"DICM")
        for _ in range(ZEROS):
            entry.write(bytes(2**20))
    return buffer.getvalue()


def zip_of_zips() -> bytes:
    """Zips in zips, of which the innermost is a bomb."""
    inner = zip_of_zeros()
    for depth in range(4):
        inner = broken_files.zip_of(**{f"{depth}-{number}.zip": inner for number in range(2)})
    return inner


def zip_of_many() -> bytes:
    """A zip with more entries than a series has slices."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(20_001):
            archive.writestr(f"{number}.dcm", b"")
    return buffer.getvalue()


def overlapping_zip() -> bytes:
    """A zip whose 2,000 entries are all the same megabytes of it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.dcm", bytes(128) + b"DICM" + bytes(range(256)) * 20_000)
    whole = buffer.getvalue()
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = whole[start:end]
    count = 2_000
    directory = b"".join(entry.replace(b"0.dcm", b"%05d" % number) for number in range(count))
    ending = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return whole[:start] + directory + ending


BOMBS: dict[str, Callable[[], bytes]] = {
    "a gzip that goes on after its volume": bomb_behind_a_volume,
    "a gzip of very many voxels": bomb_of_voxels,
    "a zip of zeros": zip_of_zeros,
    "zips in zips": zip_of_zips,
    "a zip of very many entries": zip_of_many,
    "a zip whose entries overlap": overlapping_zip,
    "10^12 voxels in NIfTI": broken_files.huge_nifti,
    "10^12 voxels in MHA": broken_files.huge_mha,
    "10^12 voxels in NRRD": broken_files.huge_nrrd,
    "a NRRD that is all header": lambda: b"NRRD0004\n" + b"# remark\n" * 2_000_000,
    "an MHA that is all header": lambda: b"ObjectType = Image\n" + b"Comment = remark\n" * 1_000_000,
    "an MHA with one very long line": lambda: b"ObjectType = " + b"x" * 20_000_000,
}
"""What would take very much memory, or very long, and is small."""


class Trap:
    """Runs code when it is unpickled: makes a file."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> Any:
        return Path.touch, (self._target,)


def pickles(folder: Path) -> dict[str, tuple[bytes, Path]]:
    """Weights that would run code, and what they would make: as torch saves them now, as it once did, and bare."""
    import torch

    made: dict[str, tuple[bytes, Path]] = {}
    for name in ("zip", "old", "bare"):
        trace, path = folder / f"ran-{name}", folder / f"{name}.pth"
        if name == "bare":
            path.write_bytes(pickle.dumps({"weight": Trap(trace)}))
        else:
            torch.save({"weight": Trap(trace)}, path, _use_new_zipfile_serialization=name == "zip")
        made[name] = path.read_bytes(), trace
    return made
