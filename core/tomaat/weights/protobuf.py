"""Protocol buffers, as far as it takes to look into an ONNX file without a library for either."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VARINT, FIXED64, MESSAGE, FIXED32 = 0, 1, 2, 5
"""How a field is encoded; ``MESSAGE`` is also that of bytes and texts."""
LONGEST_VARINT = 10

Buffer = bytes | mmap.mmap


class Malformed(ValueError):
    """These bytes are no protocol buffer message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    :ivar value: the number, where it is one.
    :ivar start: where its bytes begin in the buffer, where it is anything else.
    :ivar end: where they end.
    """

    number: int
    encoding: int
    value: int
    start: int
    end: int


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """A file's bytes, of which only those that are looked at are read."""
    if not path.stat().st_size:
        yield b""  # an empty file can't be mapped
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


def fields(buffer: Buffer, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of the message from ``start`` to ``end``, in order.

    Raises :class:`Malformed` where there is none, or one is cut off.
    """
    end = len(buffer) if end is None else end
    position = start
    while position < end:
        key, position = _varint(buffer, position, end)
        number, encoding = key >> 3, key & 7
        value = length = 0
        if encoding == VARINT:
            value, position = _varint(buffer, position, end)
        elif encoding == MESSAGE:
            length, position = _varint(buffer, position, end)
        elif encoding in (FIXED64, FIXED32):
            length = 8 if encoding == FIXED64 else 4
        else:
            raise Malformed(f"wire type {encoding}")
        if number == 0 or position + length > end:
            raise Malformed("no such field, or one that is cut off")
        yield Field(number, encoding, value, position, position + length)
        position += length


def _varint(buffer: Buffer, position: int, end: int) -> tuple[int, int]:
    """A number, seven bits a byte, and where the next thing begins."""
    value = 0
    for index, byte in enumerate(buffer[position : min(position + LONGEST_VARINT, end)]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    raise Malformed("a number without an end")
