"""Weights that a host keeps, and how they are sent there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tomaat.client.form import Counted, OnUpload, Sent
from tomaat.errors import InvalidInput

PIECE = 2**20
"""Bytes that are read and sent at once."""


@dataclass(frozen=True)
class RemoteWeights:
    """Weights of an app, as its host has them.

    :ivar id: what a call names them by: ``client.predict("spleen", image=..., weights="best")``.
    :ivar format: ``pth``, ``safetensors``, ``ts``, ``onnx``.
    :ivar sha256: the file's digest, in hexadecimal.
    :ivar size: bytes.
    :ivar source: ``store`` if they were uploaded, ``plugin`` or ``folder`` if not.
    :ivar default: whether a call gets them that names none.
    """

    app: str
    id: str
    format: str
    sha256: str
    size: int
    created: datetime
    source: str
    default: bool
    json: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_json(cls, json: Mapping[str, Any], *, default: bool = False) -> Self:
        texts = {name: str(json[name]) for name in ("app", "id", "format", "sha256", "source")}
        created = datetime.fromisoformat(json["created"])
        return cls(**texts, size=int(json["size"]), created=created, default=default, json=json)


def weights_list(json: Mapping[str, Any]) -> list[RemoteWeights]:
    """The weights in the answer of ``GET /v1/apps/{app}/weights``."""
    return [RemoteWeights.from_json(one, default=one["id"] == json.get("default")) for one in json["weights"]]


class Upload:
    """A file as the body of a request, read as it is sent; a context manager that closes it."""

    def __init__(self, path: Path | str, on_upload: OnUpload | None) -> None:
        """Raises :class:`~tomaat.errors.InvalidInput` for a file that can't be read."""
        self._stack = ExitStack()
        path = Path(path).expanduser()
        try:
            file = self._stack.enter_context(path.open("rb"))
            self._size = path.stat().st_size
        except OSError as error:
            raise InvalidInput(f"{path} can't be read: {error.strerror or error}.", field="weights") from error
        self._file = Counted(file, Sent(self._size, on_upload))

    def pieces(self) -> Iterator[bytes]:
        """What ``httpx.Client`` sends."""
        while piece := self._file.read(PIECE):
            yield piece

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """What ``httpx.AsyncClient`` sends; a disk may be slow, and the loop has others to serve."""
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            yield piece

    @property
    def headers(self) -> dict[str, str]:
        """The size is said first, so that a host can refuse what is too large before it is sent."""
        return {"Content-Type": "application/octet-stream", "Content-Length": str(self._size)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()


def id_of(path: Path | str) -> str:
    """What weights are called that nobody names: the file's name without its extension."""
    return Path(path).stem
