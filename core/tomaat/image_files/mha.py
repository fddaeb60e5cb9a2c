"""MetaImage headers whose voxels follow in the same file (MHA).

Source: https://docs.itk.org/en/latest/learn/metaio.html. MetaIO itself reads on into whatever file
``ElementDataFile`` names: a list, a pattern, ``/etc/passwd``. Here only ``LOCAL`` passes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tomaat.errors import InvalidInput
from tomaat.image_files.limits import Placement, StoredVolume, check_direction, check_origin, check_spacing, three_axes

LINE = re.compile(rb"[ \t]*([A-Za-z0-9][!-9;<>-~]*)[ \t]*[=:][ \t]*([^\r\n]*?)[ \t]*\r?\n|[ \t]*\r?\n")
"""A key may have any sign in it: ITK writes along what another format's header had, ``dim[0]`` or ``0008|0060``."""
PIXELS = {
    "MET_UCHAR": "u1",
    "MET_CHAR": "i1",
    "MET_USHORT": "u2",
    "MET_SHORT": "i2",
    "MET_UINT": "u4",
    "MET_INT": "i4",
    "MET_ULONG": "u4",
    "MET_LONG": "i4",
    "MET_ULONG_LONG": "u8",
    "MET_LONG_LONG": "i8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
"""``long`` has four bytes in MetaIO, wherever it runs."""


def read_mha_header(head: bytes) -> StoredVolume:
    """What an MHA file holds, by its first bytes. Raises :class:`InvalidInput` with half a sentence."""
    fields, offset = _fields(head)
    if fields["elementdatafile"].upper() != "LOCAL":
        raise InvalidInput(
            "its header names another file (ElementDataFile); send header and voxels in one file, as .mha."
        )
    if int(_numbers(fields, "headersize", 1, "0")[0]) != 0:
        raise InvalidInput("its header says to skip bytes (HeaderSize); save it again without that.")
    sizes = _whole(fields, "dimsize", _dimensions(fields))
    if _numbers(fields, "elementnumberofchannels", 1, "1")[0] != 1:
        raise InvalidInput("one number per voxel was expected, and it has several (ElementNumberOfChannels).")
    slope, intercept = (
        _numbers(fields, key, 1, default)[0]
        for key, default in (("elementtointensityfunctionslope", "1"), ("elementtointensityfunctionoffset", "0"))
    )
    if (slope, intercept) != (1, 0):
        raise InvalidInput("its header scales intensities (ElementToIntensityFunction); apply that first.")
    if not _flag(fields, "binarydata", False):
        raise InvalidInput("its voxels must be binary (BinaryData = True).")
    kind = fields.get("elementtype", "").upper()
    if kind not in PIXELS:
        raise InvalidInput(f"its ElementType must be a number such as MET_SHORT or MET_FLOAT, not {kind[:40]!r}.")
    compressed = _flag(fields, "compresseddata", False)
    stored = _whole(fields, "compresseddatasize", 1)[0] if compressed and "compresseddatasize" in fields else None
    return StoredVolume(
        size=three_axes(sizes),
        pixel=PIXELS[kind],
        big_endian=_flag(fields, _name(fields, "binarydatabyteordermsb", "elementbyteordermsb"), False),
        offset=offset,
        compression="voxels" if compressed else "none",
        stored_bytes=stored,
        placement=_placement(fields, len(sizes)),
    )


def _fields(head: bytes) -> tuple[dict[str, str], int]:
    """Values by lower-case key, and where the header ends. A key may stand there once, in whatever case."""
    fields: dict[str, str] = {}
    position = 0
    while "elementdatafile" not in fields:
        line = LINE.match(head, position)
        if line is None:
            raise InvalidInput("its MHA header is damaged: lines of the form 'Key = value' were expected.")
        position = line.end()
        if line[1] is None:
            continue
        key = line[1].decode("ascii").lower()
        if key in fields:
            raise InvalidInput(f"its MHA header says {key} twice.")
        fields[key] = line[2].decode("latin-1")
    return fields, position


def _dimensions(fields: Mapping[str, str]) -> int:
    dimensions = _whole(fields, "ndims", 1)[0]
    if not 1 <= dimensions <= 10:
        raise InvalidInput("its MHA header claims an impossible number of dimensions (NDims).")
    return dimensions


def _placement(fields: Mapping[str, str], dimensions: int) -> Placement:
    identity = " ".join("1" if row == column else "0" for row in range(dimensions) for column in range(dimensions))
    spacing = _numbers(fields, _name(fields, "elementspacing", "elementsize"), dimensions, "1 " * dimensions)
    origin = _numbers(fields, _name(fields, "offset", "position", "origin"), dimensions, "0 " * dimensions)
    matrix = _numbers(fields, _name(fields, "transformmatrix", "rotation", "orientation"), dimensions**2, identity)
    # MetaIO writes the vector of one axis after the other: the columns of ITK's matrix
    direction = [matrix[column * dimensions + row] for row in range(3) for column in range(3)] if dimensions > 2 else []
    return Placement(check_spacing(spacing[:3]), check_origin(origin[:3]), check_direction(direction))


def _name(fields: Mapping[str, str], *names: str) -> str:
    """Which of several names for the same thing the header uses; two of them would be a contradiction."""
    used = [name for name in names if name in fields]
    if len(used) > 1 and len({fields[name] for name in used}) > 1:
        raise InvalidInput(f"its MHA header contradicts itself: {' and '.join(used)}.")
    return used[0] if used else names[0]


def _flag(fields: Mapping[str, str], name: str, default: bool) -> bool:
    text = fields.get(name, str(default)).lower()
    if text not in {"true", "false", "1", "0", "t", "f"}:
        raise InvalidInput(f"its MHA header must say True or False for {name}.")
    return text in {"true", "1", "t"}


def _numbers(fields: Mapping[str, str], name: str, count: int, default: str | None = None) -> list[float]:
    text = fields.get(name, default)
    if text is None:
        raise InvalidInput(f"its MHA header lacks {name}.")
    try:
        numbers = [float(part) for part in text.split(maxsplit=count)]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise InvalidInput(f"its MHA header must give {count} numbers for {name}.")
    return numbers


def _whole(fields: Mapping[str, str], name: str, count: int) -> list[int]:
    numbers = _numbers(fields, name, count)
    if not all(number.is_integer() for number in numbers):
        raise InvalidInput(f"its MHA header must give whole numbers for {name}.")
    return [int(number) for number in numbers]
