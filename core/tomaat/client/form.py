"""A call's inputs as a multipart form, streamed from disk."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, BinaryIO, Self, cast
from uuid import uuid4

from tomaat.client.values import as_file, as_text
from tomaat.client.views import Input, Interface
from tomaat.errors import InvalidInput

OnUpload = Callable[[int, int], None]
"""Told of each piece that was sent: bytes so far, and bytes in all files together."""
Part = tuple[str, tuple[str | None, IO[bytes] | str]]


@dataclass(frozen=True)
class Query:
    """What a call asks for beside its inputs: see :meth:`tomaat.Client.submit`."""

    formats: Mapping[str, str]
    device: str | None = None
    keep_inputs: bool = False

    def params(self, interface: Interface) -> dict[str, str]:
        """As the host takes it. Raises :class:`~tomaat.errors.NotAcceptable` or :class:`~tomaat.errors.NotFound` for
        a format that this interface does not take."""
        params = {f"format.{name}": _format(interface, name, wanted) for name, wanted in self.formats.items()}
        if self.device is not None:
            params["device"] = self.device
        if self.keep_inputs:
            params["keep_inputs"] = "true"
        return params


class Form:
    """What a job is submitted with; a context manager that closes what it opened.

    :ivar parts: as httpx's ``files`` takes them. Texts come first, so that a host can refuse them before the upload.
    :ivar params: the query.
    :ivar arguments: what ``httpx.Client.post`` is given.
    """

    def __init__(
        self,
        app: str,
        interface: Interface,
        inputs: Mapping[str, Any],
        query: Query,
        on_upload: OnUpload | None = None,
    ) -> None:
        """Raises :class:`~tomaat.errors.InvalidInput` for an input that this interface does not take, and what
        :meth:`Query.params` raises."""
        self.params = query.params(interface)
        self.parts: list[Part] = []
        self._headers = {"Idempotency-Key": uuid4().hex}
        self._files: list[BinaryIO] = []
        self._sent = Sent(0, None)
        self._stack = ExitStack()
        try:
            self._add(app, interface, inputs, on_upload)
        except BaseException:
            self._stack.close()
            raise

    def _add(self, app: str, interface: Interface, inputs: Mapping[str, Any], on_upload: OnUpload | None) -> None:
        given = {name: value for name, value in inputs.items() if value is not None}
        elements = _elements(app, interface, given)
        for element in elements:
            if element.receives == "text":
                self.parts.append((element.name, (None, as_text(element, given[element.name]))))
        files = [
            (element.name, as_file(element, given[element.name], self._stack))
            for element in elements
            if element.receives == "file"
        ]
        self._files = [file for _, file in files]
        self._sent = Sent(sum(map(_size, self._files)), on_upload)
        for name, file in files:
            # the input's name, not the file's: those often tell of the patient
            self.parts.append((name, (name, cast(IO[bytes], Counted(file, self._sent)))))

    def rewind(self) -> bool:
        """Make ready to be sent once more; ``False`` where a file is a stream that can't go back."""
        self._sent.restart()
        try:
            for file in self._files:
                file.seek(0)
        except (OSError, AttributeError):
            return False
        return True

    @property
    def arguments(self) -> dict[str, Any]:
        if self.parts:
            return {"files": self.parts, "params": self.params, "headers": self._headers}
        # without parts, httpx would send no form at all
        headers = {"Content-Type": "multipart/form-data; boundary=empty"} | self._headers
        return {"content": b"--empty--\r\n", "headers": headers, "params": self.params}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()


class Sent:
    """How many bytes of all files went out."""

    def __init__(self, total: int, on_upload: OnUpload | None) -> None:
        self._sent = 0
        self._total = total
        self._on_upload = on_upload

    def restart(self) -> None:
        self._sent = 0

    def add(self, size: int) -> None:
        self._sent += size
        if self._on_upload is not None:
            self._on_upload(self._sent, self._total)


class Counted:
    """A file that tells how much of it was read: what httpx needs of one, and no more."""

    def __init__(self, file: BinaryIO, sent: Sent) -> None:
        self._file = file
        self._count = sent

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        if chunk:
            self._count.add(len(chunk))
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            raise io.UnsupportedOperation("a pipe can't go back") from error

    def tell(self) -> int:
        return self._file.tell()


def _elements(app: str, interface: Interface, given: Mapping[str, Any]) -> list[Input]:
    """The inputs that were given. Raises for one that there is not, and for one that is missing."""
    known = ", ".join(element.name for element in interface.inputs)
    names = {element.name for element in interface.inputs}
    for name in given:
        if name not in names:
            raise InvalidInput(f"The app {app!r} has no input {name!r}; it has {known}.", field=name)
    for element in interface.inputs:
        if element.required and element.name not in given:
            raise InvalidInput(
                f"The app {app!r} needs the input {element.name!r} ({element.type}).", field=element.name
            )
    return [element for element in interface.inputs if element.name in given]


def _format(interface: Interface, name: str, wanted: str) -> str:
    return interface.output(name).extension_of(f"{name}.{wanted.removeprefix('.')}")


def _size(file: BinaryIO) -> int:
    """The file's size, or 0 for a stream that can't tell."""
    try:
        end = file.seek(0, os.SEEK_END)
        file.seek(0)
    except (OSError, AttributeError):
        return 0
    return end
