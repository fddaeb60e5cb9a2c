"""NRRD headers whose voxels follow in the same file.

Source: https://teem.sourceforge.net/nrrd/format.html. NrrdIO itself reads on into whatever file ``data file`` names,
or a list or a pattern of files. Here such headers are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from tomaat.errors import InvalidInput
from tomaat.image_files.limits import (
    Placement,
    Space,
    StoredVolume,
    check_direction,
    check_origin,
    check_spacing,
    three_axes,
)

PIXELS = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
SPACES: dict[str, Space] = {
    "left-posterior-superior": "LPS",
    "lps": "LPS",
    "right-anterior-superior": "RAS",
    "ras": "RAS",
    "left-anterior-superior": "LAS",
    "las": "LAS",
}
DOMAIN_KINDS = frozenset(("domain", "space", "time", "none", "???"))
VECTOR = re.compile(r"\(([^()]*)\)|(none)", re.IGNORECASE)


def read_nrrd_header(head: bytes) -> StoredVolume:
    """What an NRRD file holds, by its first bytes. Raises :class:`InvalidInput` with half a sentence."""
    fields, offset = _fields(head)
    if "datafile" in fields:
        raise InvalidInput("its header names another file (data file); send header and voxels in one file, as .nrrd.")
    if any(fields.get(name, "0") != "0" for name in ("byteskip", "lineskip")):
        raise InvalidInput("its header says to skip bytes or lines; save it again without that.")
    encoding = fields.get("encoding", "").lower()
    if encoding not in {"raw", "gzip", "gz"}:
        raise InvalidInput(f"its encoding must be raw or gzip, not {encoding[:20]!r}.")
    type_ = " ".join(fields.get("type", "").lower().split())
    pixel = next((pixel for pixel, names in PIXELS.items() if type_ in names), None)
    if pixel is None:
        raise InvalidInput(f"one number per voxel was expected; the NRRD type {type_[:20]!r} is not that.")
    sizes = [_whole(size) for size in fields.get("sizes", "").split()]
    if _whole(fields.get("dimension", "")) != len(sizes):
        raise InvalidInput("its NRRD header must give as many sizes as it has dimensions.")
    kinds = fields.get("kinds", "").lower().split()
    if not set(kinds) <= DOMAIN_KINDS:
        raise InvalidInput("one number per voxel was expected, and an axis of it is none of space (kinds).")
    return StoredVolume(
        size=three_axes(sizes),
        pixel=pixel,
        big_endian=_big_endian(fields, pixel),
        offset=offset,
        compression="none" if encoding == "raw" else "voxels",
        placement=_placement(fields),
    )


def _fields(head: bytes) -> tuple[dict[str, str], int]:
    """Values by lower-case name without blanks, and where the voxels begin: after the first empty line."""
    fields: dict[str, str] = {}
    position = head.find(b"\n") + 1
    while position:
        end = head.find(b"\n", position)
        line = head[position:end].rstrip(b"\r").decode("latin-1")
        if end < 0:
            break
        position = end + 1
        if not line:
            return fields, position
        name, colon, value = line.partition(":")
        if line.startswith("#") or value.startswith("="):  # a comment, or a key of the user's own
            continue
        name = "".join(name.lower().split())
        if not colon or name in fields:
            raise InvalidInput("its NRRD header is damaged: each line must be 'field: value', and each field once.")
        fields[name] = value.strip()
    raise InvalidInput("its NRRD header does not end, or its voxels are in another file; send both as one .nrrd.")


def _big_endian(fields: Mapping[str, str], pixel: str) -> bool:
    endian = fields.get("endian", "little" if pixel.endswith("1") else "").lower()
    if endian not in {"little", "big"}:
        raise InvalidInput("its NRRD header must give its byte order (endian: little).")
    return endian == "big"


def _placement(fields: Mapping[str, str]) -> Placement:
    if "spacedirections" not in fields:
        texts = fields.get("spacings", "1 1 1").split()
        return Placement(check_spacing([_number(text) for text in (*texts, "nan", "nan", "nan")[:3]]))
    columns = _vectors(fields["spacedirections"])[:3]
    if len(columns) != 3 or any(len(column) != 3 for column in columns):
        raise InvalidInput("its space directions must be three vectors of three numbers.")
    lengths = check_spacing([math.hypot(*column) for column in columns])
    direction = [columns[axis][row] / lengths[axis] for row in range(3) for axis in range(3)]
    origins = _vectors(fields.get("spaceorigin", "(0,0,0)"))
    if len(origins) != 1 or len(origins[0]) != 3:
        raise InvalidInput("its space origin must be three numbers.")
    space = SPACES.get(fields.get("space", "left-posterior-superior").lower())
    if space is None:
        raise InvalidInput("its space must be left-posterior-superior, right-anterior-superior or the like.")
    return Placement(lengths, check_origin(origins[0]), check_direction(direction), space)


def _vectors(text: str) -> list[list[float]]:
    return [[_number(part) for part in match[1].split(",")] for match in VECTOR.finditer(text) if match[1] is not None]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidInput(f"its NRRD header has {text.strip()[:20]!r} where a number must be.") from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text, re.ASCII):
        raise InvalidInput("its NRRD header must give its dimension and sizes as whole numbers.")
    return int(text)
