"""See that an HDF5 file keeps to itself: HDF5 can take a data set's bytes, or a group, from any other file.

The file's own object headers are walked, as ITK's writer makes them. Source: HDF5 File Format Specification 3.0,
https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html, sections II.A (superblock), IV.A.1.b and IV.A.2 (object headers).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path

from tomaat.errors import InvalidInput
from tomaat.image_limits import DEFLATE_RATIO

DATASPACE, LINK_INFO, LINK, EXTERNAL_FILES, CONTINUATION, SYMBOL_TABLE = 0x01, 0x02, 0x06, 0x07, 0x10, 0x11
KNOWN = frozenset(
    {0x00, DATASPACE, LINK_INFO, 0x03, 0x05, LINK, 0x08, 0x0A, 0x0B, 0x0C, 0x12, 0x15, 0x16, CONTINUATION}
)
"""Also: no message, data type, fill value, layout, group information, filters, attributes, times, reference count."""
UNDEFINED = 2**64 - 1
MOST_OBJECTS = 1000
DAMAGED = "it is a damaged or unusual HDF5 file; write the transform again with a current ITK or Slicer."


def check_hdf5(path: Path) -> None:
    """Refuse a file that refers to others, claims more data than it can hold, or is built in another way than ITK's.

    Raises :class:`InvalidInput` with half a sentence.
    """
    content = path.read_bytes()
    # Superblock of version 2 or 3, with addresses and lengths of eight bytes, beginning at byte 0
    if len(content) < 48 or content[8] not in {2, 3} or content[9:11] != b"\x08\x08":
        raise InvalidInput(DAMAGED)
    base, extension, _end, root = struct.unpack_from("<4Q", content, 12)
    if base != 0 or extension != UNDEFINED:
        raise InvalidInput(DAMAGED)
    waiting, seen = [root], set[int]()
    try:
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MOST_OBJECTS:
                raise InvalidInput(DAMAGED)
            waiting += [link for kind, body in _messages(content, address) if (link := _check(kind, body, content))]
    except (struct.error, IndexError):
        raise InvalidInput(DAMAGED) from None


def _messages(content: bytes, address: int) -> Iterator[tuple[int, bytes]]:
    """Type and body of each message of the object at ``address``."""
    if content[address : address + 5] != b"OHDR\x02":
        raise InvalidInput(DAMAGED)
    flags = content[address + 5]
    position = address + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    size = int.from_bytes(content[position : position + width], "little")
    chunks = [(position + width, size)]
    header = 6 if flags & 4 else 4
    followed = 0
    while chunks:
        position, size = chunks.pop()
        end = position + size
        if end > len(content) or (followed := followed + 1) > MOST_OBJECTS:
            raise InvalidInput(DAMAGED)
        while position + header <= end:
            kind, length, marks = struct.unpack_from("<BHB", content, position)
            body = content[position + header : position + header + length]
            position += header + length
            if position > end or marks & 2:  # a shared message is kept elsewhere
                raise InvalidInput(DAMAGED)
            if kind == CONTINUATION:
                start, length = struct.unpack("<QQ", body[:16])
                if content[start : start + 4] != b"OCHK":
                    raise InvalidInput(DAMAGED)
                chunks.append((start + 4, length - 8))
            yield kind, body


def _check(kind: int, body: bytes, content: bytes) -> int:
    """Refuse a message that leads out of the file; the address of the object that a link leads to, else 0."""
    if kind not in KNOWN:
        raise InvalidInput("it takes data from another file." if kind == EXTERNAL_FILES else DAMAGED)
    if kind == DATASPACE:
        rank, flags = body[1], body[2]
        sizes = struct.unpack_from(f"<{rank}Q", body, 4) if body[0] == 2 else ()
        if body[0] != 2 or flags & ~1 or math.prod(sizes) > len(content) * DEFLATE_RATIO:
            raise InvalidInput("it claims to hold more numbers than its file can.")
    if kind == LINK_INFO:
        at = 10 if body[1] & 1 else 2
        if struct.unpack_from("<Q", body, at)[0] != UNDEFINED:  # a group of more than eight, kept in a heap
            raise InvalidInput(DAMAGED)
    return _hard_link(body) if kind == LINK else 0


def _hard_link(body: bytes) -> int:
    version, flags = body[0], body[1]
    position = 2
    if flags & 0x08:
        if body[position] != 0:
            raise InvalidInput("it has a link to another place or file.")
        position += 1
    position += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    position += width + int.from_bytes(body[position : position + width], "little")
    if version != 1:
        raise InvalidInput(DAMAGED)
    return int(struct.unpack_from("<Q", body, position)[0])
