"""What weights torch wrote, by a file's content: pure Python, on what anybody may have sent."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

TORCH_MAGIC = b"l\xfc\x9cF\xf9 j\xa8P\x19"
"""In the first bytes of what torch wrote before its files were zips."""
LONGEST_HEADER = 100_000_000
"""Bytes of JSON that a safetensors file may begin with, as its own library has it."""


def is_state_dict(path: Path) -> bool:
    """Whether ``torch.save`` wrote it: a zip with a pickle and no code, or a pickle as torch made them before 1.6."""
    if TORCH_MAGIC in _head(path, 64):
        return True
    names = _entries(path)
    return _has_pickle(names) and not _has_code(names)


def is_torchscript(path: Path) -> bool:
    """Whether ``torch.jit.save`` wrote it: a zip with a pickle and code."""
    names = _entries(path)
    return _has_pickle(names) and _has_code(names)


def is_safetensors(path: Path) -> bool:
    """Whether it begins with the length of a JSON object that the file can hold, and with that object's brace."""
    head = _head(path, 9)
    if len(head) < 9 or head[8:] != b"{":
        return False
    length = int.from_bytes(head[:8], "little")
    return 2 <= length <= min(LONGEST_HEADER, path.stat().st_size - 8)


def _head(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)


def _entries(path: Path) -> list[list[str]]:
    """The names in a zip, part by part; none for what is no zip."""
    if _head(path, 4) != b"PK\x03\x04":
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            return [name.split("/") for name in archive.namelist()]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, struct.error):
        return []


def _has_pickle(names: list[list[str]]) -> bool:
    return any(len(parts) == 2 and parts[1] == "data.pkl" for parts in names)


def _has_code(names: list[list[str]]) -> bool:
    return any(len(parts) > 2 and parts[1] == "code" for parts in names)
