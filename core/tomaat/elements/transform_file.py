"""Recognise a transform's file by content, and refuse what would read other files or claim impossible sizes.

Pure Python: this runs in the host.
"""

from __future__ import annotations

import re
import struct
from enum import Enum
from itertools import zip_longest
from pathlib import Path

from tomaat.elements.hdf5_header import check_hdf5
from tomaat.elements.transform_parameters import check_parameters
from tomaat.errors import InvalidInput
from tomaat.image_files.header import read_header
from tomaat.image_files.limits import Limits

EXPECTED = "a transform was expected: a displacement field (.nii.gz), or an ITK transform (.h5, .mat, .tfm)."
TEXT_START = b"#Insight Transform File V1.0"
TEXT_LINE = re.compile(
    rb"\s*(?:#.*|Transform:\s*(?P<name>\w+)|(?P<key>Parameters|FixedParameters):(?P<numbers>[\s\d.eE+-]*))?\s*"
)
"""The lines of a transform's text. ITK knows one more, ``ComponentTransformFile``, which names another file."""
MATLAB_NAME = re.compile(rb"[A-Za-z0-9]+_(double|float)_\d_\d\0", re.ASCII)
LARGEST = 2**30
"""Bytes of a transform's file: ITK reads it whole."""


class TransformFormat(Enum):
    """What a transform may come in, by the suffix that ITK knows it by."""

    FIELD = ".nii.gz"
    HDF5 = ".h5"
    MATLAB = ".mat"
    TEXT = ".tfm"


def recognise_transform(path: Path) -> TransformFormat:
    """The format of a transform's file. Raises :class:`InvalidInput` with half a sentence."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        raise InvalidInput("the file is empty.")
    if head[:8] == b"\x89HDF\r\n\x1a\n":
        return TransformFormat.HDF5
    if head.startswith(TEXT_START):
        return TransformFormat.TEXT
    if MATLAB_NAME.match(head, 20):
        return TransformFormat.MATLAB
    if head[:2] == b"\x1f\x8b" or head[:4] in {b"\x5c\x01\0\0", b"\0\0\x01\x5c"}:
        return TransformFormat.FIELD
    raise InvalidInput(EXPECTED)


def check_transform_file(path: Path, limits: Limits) -> None:
    """Refuse a file that is no transform, or a field with more voxels than ``limits`` allow.

    Raises :class:`InvalidInput` with half a sentence.
    """
    format_ = recognise_transform(path)
    if path.stat().st_size > LARGEST:
        raise InvalidInput(f"it is larger than {LARGEST:,} bytes.")
    if format_ is TransformFormat.FIELD:
        read_header(path, limits, vectors=True)
    elif format_ is TransformFormat.HDF5:
        check_hdf5(path)
    elif format_ is TransformFormat.MATLAB:
        _check_matlab(path)
    else:
        _check_text(path)


def _check_text(path: Path) -> None:
    transforms: list[tuple[str, dict[str, list[float]]]] = []
    with path.open("rb") as file:
        for line in file:
            match = TEXT_LINE.fullmatch(line)
            if match is None:
                raise InvalidInput("its lines must be Transform, Parameters and FixedParameters; it may name no file.")
            if match["name"]:
                transforms.append((match["name"].decode("ascii"), {}))
            elif match["key"]:
                key = match["key"].decode("ascii")
                if not transforms or key in transforms[-1][1]:
                    raise InvalidInput("each transform in it must have its Parameters and FixedParameters once.")
                transforms[-1][1][key] = _numbers(match["numbers"])
    if not transforms:
        raise InvalidInput("there is no transform in it.")
    for name, numbers in transforms:
        check_parameters(name, len(numbers.get("Parameters", [])), numbers.get("FixedParameters", []))


def _numbers(text: bytes) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        raise InvalidInput("its parameters must be numbers.") from None


def _check_matlab(path: Path) -> None:
    """MATLAB 4: matrices one after the other, each with its type, rows, columns, imaginary part and name's length.

    ITK writes two for each transform: the parameters, called as the transform is, and the fixed ones.
    """
    content = path.read_bytes()
    matrices: list[tuple[str, tuple[float, ...]]] = []
    position = 0
    while position < len(content):
        if position + 20 > len(content):
            raise InvalidInput("it is cut off.")
        kind, rows, columns, imaginary, length = struct.unpack_from("<5i", content, position)
        if kind not in {0, 10} or imaginary or not 0 < length <= 256 or rows < 0 or columns != 1:
            raise InvalidInput("it must be an ITK transform in MATLAB's format, little-endian.")
        position += 20 + length
        code = f"<{rows}{'d' if kind == 0 else 'f'}"
        if position + struct.calcsize(code) > len(content):
            raise InvalidInput("it is cut off: it holds fewer numbers than it says.")
        name = content[position - length : position].split(b"\0")[0].decode("latin-1")
        matrices.append((name, struct.unpack_from(code, content, position)))
        position += struct.calcsize(code)
    for (name, parameters), (second, fixed) in zip_longest(matrices[::2], matrices[1::2], fillvalue=("", ())):
        if second != "fixed":
            raise InvalidInput("it must hold the parameters and the fixed parameters of each transform.")
        check_parameters(name, len(parameters), fixed)
