"""The form fields of API v1: files as they are, everything else as text, and nothing that the app does not know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multipart import MultipartSegment

from tomaat.description import AppDescription
from tomaat.errors import InvalidInput
from tomaat.host.uploads import FileSink, Sink, TextSink


def fields(app: AppDescription) -> Callable[[Path], Callable[[str, MultipartSegment], Sink | None]]:
    """Where the parts of this app's form go. An unknown field is refused: it is a typing error more often than not."""

    def in_folder(folder: Path) -> Callable[[str, MultipartSegment], Sink | None]:
        def choose(name: str, segment: MultipartSegment) -> Sink | None:
            element = app.input(name)
            if element is None:
                known = ", ".join(element.destination for element in app.inputs)
                raise InvalidInput(f"The app {app.name!r} has no input {name!r}; it has {known}.", field=name)
            return FileSink(folder, name) if element.receives == "file" else TextSink(name)

        return choose

    return in_folder
