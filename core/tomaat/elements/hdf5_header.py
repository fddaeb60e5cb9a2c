"""See that an HDF5 file keeps to itself: HDF5 can take a data set's bytes, or a group, from any other file.

The file's own object headers are walked, as ITK's writer makes them. Source: HDF5 File Format Specification 3.0,
https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html, sections II.A (superblock), IV.A.1.b and IV.A.2 (object headers).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from tomaat.elements.transform_parameters import check_parameters
from tomaat.errors import InvalidInput
from tomaat.image_files.limits import DEFLATE_RATIO

DATASPACE, LINK_INFO, DATATYPE, LINK, EXTERNAL_FILES, LAYOUT, CONTINUATION = 0x01, 0x02, 0x03, 0x06, 0x07, 0x08, 0x10
FLOAT_CLASS, LENGTH_VARIES_CLASS, CONTIGUOUS = 1, 9, 1
KNOWN = frozenset(
    {0x00, DATASPACE, LINK_INFO, 0x03, 0x05, LINK, 0x08, 0x0A, 0x0B, 0x0C, 0x12, 0x15, 0x16, CONTINUATION}
)
"""Also: no message, fill value, group information, filters, attributes, times, reference count."""
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
    try:
        objects = _objects(content, root)
        numbered = sorted(name for name in objects if re.fullmatch(r"/TransformGroup/\d+", name))
        if not numbered:
            raise InvalidInput("there is no transform in it.")
        for name in numbered:
            _check_transform(
                content, {key[len(name) + 1 :]: at for key, at in objects.items() if key.startswith(f"{name}/")}
            )
    except (struct.error, IndexError, KeyError, UnicodeDecodeError):
        raise InvalidInput(DAMAGED) from None


def _objects(content: bytes, root: int) -> dict[str, dict[int, bytes]]:
    """The messages of all groups and data sets, by path."""
    objects: dict[str, dict[int, bytes]] = {}
    waiting = [("", root)]
    while waiting:
        name, address = waiting.pop()
        if name in objects or len(objects) > MOST_OBJECTS:
            raise InvalidInput(DAMAGED)
        objects[name] = {}
        for kind, body in _messages(content, address):
            _check_message(kind, body, content)
            objects[name][kind] = body
            if kind == LINK:
                link, at = _hard_link(body)
                waiting.append((f"{name}/{link}", at))
    return objects


def _check_transform(content: bytes, sets: dict[str, dict[int, bytes]]) -> None:
    name = _text(content, sets["TransformType"])
    # Older ITKs spelt them so
    parameters = sets.get("TransformParameters") or sets.get("TranformParameters") or {}
    fixed = sets.get("TransformFixedParameters") or sets.get("TranformFixedParameters") or {}
    check_parameters(name, _count(parameters), _floats(content, fixed))


def _count(messages: dict[int, bytes]) -> int:
    """How many items a data set has: its one dimension."""
    body = messages.get(DATASPACE)
    if body is None or body[1] == 0:
        return 0
    if body[1] != 1:
        raise InvalidInput(DAMAGED)
    return int(struct.unpack_from("<Q", body, 4)[0])


def _floats(content: bytes, messages: dict[int, bytes]) -> tuple[float, ...]:
    """The numbers of a small data set of ``double`` or ``float``."""
    count = _count(messages)
    if count == 0:
        return ()
    (width,) = struct.unpack_from("<I", messages[DATATYPE], 4)
    if messages[DATATYPE][0] & 0x0F != FLOAT_CLASS or width not in {4, 8} or count > MOST_OBJECTS:
        raise InvalidInput(DAMAGED)
    data = _stored(content, messages[LAYOUT])
    return struct.unpack_from(f"<{count}{'d' if width == 8 else 'f'}", data)


def _text(content: bytes, messages: dict[int, bytes]) -> str:
    """A text of any length, kept in the global heap."""
    if messages[DATATYPE][0] & 0x0F != LENGTH_VARIES_CLASS or _count(messages) != 1:
        raise InvalidInput(DAMAGED)
    length, heap, wanted = struct.unpack_from("<IQI", _stored(content, messages[LAYOUT]))
    if content[heap : heap + 5] != b"GCOL\x01":
        raise InvalidInput(DAMAGED)
    end = heap + int(struct.unpack_from("<Q", content, heap + 8)[0])
    position = heap + 16
    while position + 16 <= min(end, len(content)):
        index, _references, size = struct.unpack_from("<HH4xQ", content, position)
        if index == wanted:
            return content[position + 16 : position + 16 + min(size, length)].rstrip(b"\0").decode("ascii")
        if index == 0:
            break
        position += 16 + -(-size // 8) * 8
    raise InvalidInput(DAMAGED)


def _stored(content: bytes, layout: bytes) -> bytes:
    """A data set's bytes, if they are in one piece."""
    version, storage = layout[0], layout[1]
    if version not in {3, 4} or storage != CONTIGUOUS:
        raise InvalidInput("its parameters are compressed; write the transform again without compression.")
    address, size = struct.unpack_from("<QQ", layout, 2)
    if address + size > len(content):
        raise InvalidInput(DAMAGED)
    return content[address : address + size]


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


def _check_message(kind: int, body: bytes, content: bytes) -> None:
    """Refuse a message that leads out of the file, or claims more than it can hold."""
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


def _hard_link(body: bytes) -> tuple[str, int]:
    """The name of a link, and the address of what it leads to."""
    version, flags = body[0], body[1]
    position = 2
    if flags & 0x08:
        if body[position] != 0:
            raise InvalidInput("it has a link to another place or file.")
        position += 1
    position += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    length = int.from_bytes(body[position : position + width], "little")
    position += width
    if version != 1:
        raise InvalidInput(DAMAGED)
    name = body[position : position + length].decode("ascii")
    return name, int(struct.unpack_from("<Q", body, position + length)[0])
