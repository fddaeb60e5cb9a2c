"""What the C library's allocator keeps of the memory that this process has freed: nothing to do with another than
glibc's."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import ClassVar


class _Mallinfo2(ctypes.Structure):
    """``struct mallinfo2`` of glibc 2.33 and later."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in [
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        ]
    ]


def kept() -> int:
    """Bytes that are free within this process, to be used again; 0 where the allocator does not tell."""
    with suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallinfo2.restype = _Mallinfo2
        return int(library.mallinfo2().fordblks)
    return 0


def give_back() -> None:
    """Return them to the system: workers tell the allocator to keep everything otherwise."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
