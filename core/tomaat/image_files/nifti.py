"""NIfTI-1 and NIfTI-2 headers in either byte order.

Sources: nifti1.h (https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h) and nifti2.h beside it.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from tomaat.errors import InvalidInput
from tomaat.image_files.limits import StoredVolume, check_origin, check_spacing, three_axes

PIXELS = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
"""Data type codes of scalars. Complex numbers, colours and 128-bit floats are refused."""
DISPLACEMENT, VECTOR = 1006, 1007
"""Intent codes of three numbers per voxel. ITK writes LPS vectors as the second, and takes the first to be in RAS."""
UNITS = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Millimetres in a unit of length, by the code in ``xyzt_units``; none given means millimetres."""


@dataclass(frozen=True)
class NiftiHeader:
    """The fields that matter, of either version."""

    big_endian: bool
    magic: bytes
    dim: tuple[int, ...]
    intent: int
    datatype: int
    pixdim: tuple[float, ...]
    offset: float
    slope: float
    intercept: float
    units: int
    qform: int
    sform: int
    quaternion: tuple[float, ...]
    """Three of the quaternion's numbers, then the offset."""
    rows: tuple[float, ...]
    """The first three rows of the affine matrix."""


def is_nifti(head: bytes) -> bool:
    """Whether a file begins as a NIfTI header does: with the header's own length."""
    return _version(head) is not None


def read_nifti_header(head: bytes, *, compressed: bool, vectors: bool = False) -> StoredVolume:
    """What a NIfTI file holds, by its first bytes. Raises :class:`InvalidInput` with half a sentence."""
    header = _parse(head)
    if header.magic not in {b"n+1\0", b"n+2\0"}:
        raise InvalidInput("it is half of a pair (.hdr and .img); send it as one NIfTI file (.nii or .nii.gz).")
    if not 1 <= header.dim[0] <= 7:
        raise InvalidInput("its NIfTI header is damaged: it claims to have no dimensions, or more than seven.")
    size, components = _size(header, vectors)
    if header.datatype not in PIXELS:
        raise InvalidInput(f"one number per voxel was expected; NIfTI data type {header.datatype} is not that.")
    length = 352 if header.magic == b"n+1\0" else 544
    if not length - 4 <= header.offset <= 2**31:  # -4: the four bytes after the header may be left out
        raise InvalidInput("its NIfTI header says that the voxels begin at an impossible place.")
    slope, intercept = _scaling(header)
    return StoredVolume(
        size=size,
        pixel=PIXELS[header.datatype],
        big_endian=header.big_endian,
        offset=int(header.offset),
        compression="file" if compressed else "none",
        components=components,
        space="RAS" if header.intent == DISPLACEMENT else "LPS",
        placement=_geometry(header),
        slope=slope,
        intercept=intercept,
    )


def _version(head: bytes) -> tuple[int, str] | None:
    for order in "<>":
        for length in (348, 540):
            if head[:4] == struct.pack(f"{order}i", length):
                return length, order
    return None


def _parse(head: bytes) -> NiftiHeader:
    version = _version(head)
    if version is None or len(head) < version[0]:
        raise InvalidInput("it is cut off within its NIfTI header.")
    length, order = version

    def field(offset: int, code: str) -> tuple[int | float, ...]:
        return struct.unpack_from(f"{order}{code}", head, offset)

    if length == 348:
        numbers = [field(*at) for at in ((40, "8h"), (68, "h"), (70, "h"), (76, "8f"), (108, "3f"), (123, "b"))]
        codes, quaternion, rows, magic = field(252, "2h"), field(256, "6f"), field(280, "12f"), head[344:348]
    else:
        numbers = [field(*at) for at in ((16, "8q"), (504, "i"), (12, "h"), (104, "8d"), (168, "q2d"), (500, "i"))]
        codes, quaternion, rows, magic = field(344, "2i"), field(352, "6d"), field(400, "12d"), head[4:8]
    dim, (intent,), (datatype,), pixdim, (offset, slope, intercept), (units,) = numbers
    return NiftiHeader(
        big_endian=order == ">",
        magic=magic,
        dim=tuple(int(number) for number in dim),
        intent=int(intent),
        datatype=int(datatype),
        pixdim=pixdim,
        offset=offset if math.isfinite(offset) else -1,
        slope=slope,
        intercept=intercept,
        units=int(units) & 7,
        qform=int(codes[0]),
        sform=int(codes[1]),
        quaternion=quaternion,
        rows=rows,
    )


def _size(header: NiftiHeader, vectors: bool) -> tuple[tuple[int, int, int], int]:
    sizes = header.dim[1 : header.dim[0] + 1]
    if not vectors:
        return three_axes(sizes), 1
    if len(sizes) != 5 or sizes[3:] != (1, 3) or header.intent not in {DISPLACEMENT, VECTOR}:
        raise InvalidInput("a displacement field was expected: a 5-D NIfTI with three numbers per voxel.")
    return three_axes(sizes[:3]), 3


def _scaling(header: NiftiHeader) -> tuple[float, float]:
    """Slope and intercept; a slope of 0 or of NaN means that there is none."""
    slope, intercept = header.slope, header.intercept
    if slope == 0 or math.isnan(slope):
        return 1.0, 0.0
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        raise InvalidInput("its intensity scaling (scl_slope, scl_inter) must be finite numbers.")
    return slope, intercept


def _geometry(header: NiftiHeader) -> bytes:
    """A NIfTI-1 header of 2 x 2 x 2 voxels with this one's geometry in millimetres, for ITK to interpret.

    There are several rules for which of the two transforms holds and how far it may deviate from right angles; by
    asking ITK we get what its other users get, and it never sees the header that was sent.
    """
    unit = UNITS.get(header.units, 1.0)
    spacing = check_spacing([number * unit for number in header.pixdim[1:4]])
    quaternion, offset = header.quaternion[:3], [number * unit for number in header.quaternion[3:]]
    rows = [number * unit for number in header.rows]
    if header.qform > 0:
        check_origin(offset)
        if not all(math.isfinite(number) and abs(number) <= 1.001 for number in quaternion):
            raise InvalidInput("its orientation (qform) must be a unit quaternion of finite numbers.")
    if header.sform > 0:
        check_origin(rows[3::4])
        check_origin(rows[0:3])
        check_origin(rows[4:7])
        check_origin(rows[8:11])
    flip = -1.0 if header.pixdim[0] < 0 else 1.0
    out = bytearray(352)
    struct.pack_into("<i", out, 0, 348)
    struct.pack_into("<8h", out, 40, 3, 2, 2, 2, 1, 1, 1, 1)
    struct.pack_into("<2h", out, 70, 2, 8)
    struct.pack_into("<8f", out, 76, flip, *spacing, 0, 0, 0, 0)
    struct.pack_into("<3f", out, 108, 352, 1, 0)
    out[123] = 2
    struct.pack_into("<2h", out, 252, int(header.qform > 0), int(header.sform > 0))
    if header.qform > 0:
        struct.pack_into("<6f", out, 256, *quaternion, *offset)
    if header.sform > 0:
        struct.pack_into("<12f", out, 280, *rows)
    out[344:348] = b"n+1\0"
    return bytes(out)
