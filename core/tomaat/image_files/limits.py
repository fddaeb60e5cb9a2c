"""What a volume's header claims, and how much of it is believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tomaat.errors import InvalidInput

GIB = 2**30
DEFLATE_RATIO = 1032
"""Deflate can't shrink data by more than this (https://zlib.net/zlib_tech.html): a greater claim is a lie."""
ITEM_SIZE = {"u1": 1, "i1": 1, "u2": 2, "i2": 2, "u4": 4, "i4": 4, "u8": 8, "i8": 8, "f4": 4, "f8": 8}
"""Bytes of each pixel type, by numpy's name for it."""
LONGEST_AXIS = 2**31 - 1
FARTHEST = 1e9
"""Millimetres. A thousand kilometres: past it a header is damaged, and arithmetic on it loses the voxels."""


@dataclass(frozen=True)
class Limits:
    """How much one volume may hold.

    :param voxels: of the volume.
    :param bytes: of its voxels in memory, and of what an archive unpacks to.
    :param files: entries of an archive.
    """

    voxels: int = 2**31
    bytes: int = 8 * GIB
    files: int = 20_000


Space = Literal["LPS", "RAS", "LAS"]
"""Which way x, y, z grow: to the left, the back and the head, say."""


@dataclass(frozen=True)
class Placement:
    """Where voxels are in the patient.

    :param spacing: millimetres.
    :param origin: millimetres, of the first voxel's centre.
    :param direction: unit vectors of the voxel axes as columns, row by row.
    :param space: the coordinate system of origin and direction.
    """

    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    space: Space = "LPS"


@dataclass(frozen=True)
class StoredVolume:
    """A checked header: where the voxels are in the file, and where they are in space.

    :param size: voxels along x, y, z.
    :param pixel: numpy's name of the pixel type without byte order: ``i2``, ``f4``.
    :param big_endian: its byte order.
    :param offset: where the voxels begin: in the file, or in what it unpacks to if all of it is compressed.
    :param compression: ``file``: all of it, header too; ``voxels``: what follows the header; ``none``.
    :param stored_bytes: length of the compressed voxels where the header says it.
    :param components: numbers per voxel, stored plane by plane; 1 but for displacement fields.
    :param space: the coordinate system of vectors, where voxels are vectors.
    :param placement: where the voxels are; of a NIfTI: a small header of our own that says the same as the file's.
    :param slope: what stored values are multiplied with.
    :param intercept: what is added then.
    """

    size: tuple[int, int, int]
    pixel: str
    big_endian: bool
    offset: int
    compression: Literal["none", "voxels", "file"] = "none"
    stored_bytes: int | None = None
    components: int = 1
    space: Space = "LPS"
    placement: Placement | bytes = Placement()
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def voxel_bytes(self) -> int:
        """What the voxels take, uncompressed."""
        return math.prod(self.size) * self.components * ITEM_SIZE[self.pixel]


def three_axes(sizes: Sequence[int]) -> tuple[int, int, int]:
    """The first three of ``sizes``, where all others are 1. Raises :class:`InvalidInput`."""
    if len(sizes) < 3 or any(size != 1 for size in sizes[3:]):
        shape = " x ".join(map(str, sizes))
        raise InvalidInput(f"a 3-D volume was expected, but this image is {len(sizes)}-D ({shape}).")
    if any(not 1 <= size <= LONGEST_AXIS for size in sizes[:3]):
        raise InvalidInput(f"its header claims an impossible size: {' x '.join(map(str, sizes[:3]))} voxels.")
    return sizes[0], sizes[1], sizes[2]


def check_claim(volume: StoredVolume, file_bytes: int, limits: Limits) -> None:
    """Refuse a volume that is too large, or larger than its file can hold. Raises :class:`InvalidInput`."""
    voxels = math.prod(volume.size)
    if voxels > limits.voxels:
        raise InvalidInput(f"its header claims {voxels:,} voxels; at most {limits.voxels:,} are taken.")
    if volume.voxel_bytes > limits.bytes:
        raise InvalidInput(f"its header claims {volume.voxel_bytes:,} bytes of voxels; {limits.bytes:,} are the most.")
    there = file_bytes if volume.compression == "file" else file_bytes - volume.offset
    if volume.stored_bytes is not None:
        if not 0 < volume.stored_bytes <= there:
            raise InvalidInput("it is cut off: the file holds less compressed data than its header says.")
        there = volume.stored_bytes
    most = there if volume.compression == "none" else there * DEFLATE_RATIO
    if volume.voxel_bytes > most:
        raise InvalidInput(
            f"it is cut off, or its header is wrong: {volume.voxel_bytes:,} bytes of voxels are claimed, and the file "
            f"can hold {max(most, 0):,}."
        )


def check_spacing(spacing: Sequence[float]) -> tuple[float, float, float]:
    """Three distances between voxels, all above 0. Raises :class:`InvalidInput`."""
    x, y, z = spacing
    if not all(math.isfinite(distance) and 1e-9 <= distance <= FARTHEST for distance in (x, y, z)):
        shown = ", ".join(f"{distance:g}" for distance in spacing)
        raise InvalidInput(f"its spacing must be three finite numbers above 0, not {shown}.")
    return x, y, z


def check_origin(origin: Sequence[float]) -> tuple[float, float, float]:
    """Three coordinates. Raises :class:`InvalidInput`."""
    x, y, z = origin
    if not all(math.isfinite(number) and abs(number) <= FARTHEST for number in (x, y, z)):
        raise InvalidInput("its origin must be three finite numbers.")
    return x, y, z


def check_direction(direction: Sequence[float]) -> tuple[float, ...]:
    """A 3 x 3 matrix, row by row, whose columns are at right angles and of length 1. Raises :class:`InvalidInput`.

    ITK takes any matrix here, and then resamples, or computes a volume in ml, as if the columns were so.
    """
    if len(direction) != 9 or not all(math.isfinite(number) and abs(number) <= 2 for number in direction):
        raise InvalidInput("its direction must be nine finite numbers: the unit vectors of the voxel axes.")
    columns = [direction[axis::3] for axis in range(3)]
    for first in range(3):
        for second in range(3):
            product = sum(a * b for a, b in zip(columns[first], columns[second], strict=True))
            if abs(product - (first == second)) > 1e-3:
                raise InvalidInput("its voxel axes must be at right angles to each other; resample it first.")
    return tuple(direction)
