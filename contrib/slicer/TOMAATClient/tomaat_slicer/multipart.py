"""A form as ``multipart/form-data``, streamed from disk."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CHUNK = 2**20


@dataclass(frozen=True)
class Part:
    """A field: a text, or a file that is sent as it is."""

    name: str
    content: str | Path


class Form:
    """The body of a request.

    :ivar content_type: with the boundary.
    :ivar length: of all, in bytes.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        # Texts come first, so that the host can refuse them before the upload.
        self._parts = sorted(parts, key=lambda part: isinstance(part.content, Path))
        self._boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={self._boundary}"
        sizes = (len(self._head(part)) + _size(part) + len(b"\r\n") for part in self._parts)
        self.length = sum(sizes) + len(self._end)

    def chunks(self) -> Iterator[bytes]:
        """The body, a piece at a time."""
        for part in self._parts:
            yield self._head(part)
            if isinstance(part.content, Path):
                with part.content.open("rb") as file:
                    while chunk := file.read(CHUNK):
                        yield chunk
            else:
                yield part.content.encode("utf-8")
            yield b"\r\n"
        yield self._end

    @property
    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode("ascii")

    def _head(self, part: Part) -> bytes:
        # The field's name stands for the file's, which often tells of the patient.
        file = f'; filename="{part.name}"\r\nContent-Type: application/octet-stream' if _is_file(part) else ""
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{part.name}"{file}\r\n\r\n'
        return head.encode("utf-8")


def _is_file(part: Part) -> bool:
    return isinstance(part.content, Path)


def _size(part: Part) -> int:
    if isinstance(part.content, Path):
        return part.content.stat().st_size
    return len(part.content.encode("utf-8"))
