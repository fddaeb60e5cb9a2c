"""The form fields of the first TOMAAT: fields and file parts alike, base64 or raw, unknown ones passed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multipart import MultipartSegment

from tomaat.description import AppDescription
from tomaat.elements import FiducialsInput, Transform
from tomaat.host.uploads import FileSink, Sink, TextSink
from tomaat.protocols.tomaat.base64_stream import TransformDecoder, VolumeDecoder
from tomaat.protocols.tomaat.points import turn
from tomaat.workers.work import Received


class PointsSink(TextSink):
    """Points, turned from RAS to LPS."""

    def received(self) -> Received:
        return Received(text=turn(self.text(), self._name))


def fields(app: AppDescription) -> Callable[[Path], Callable[[str, MultipartSegment], Sink | None]]:
    """Where the parts of this app's form go."""

    def in_folder(folder: Path) -> Callable[[str, MultipartSegment], Sink | None]:
        def choose(name: str, segment: MultipartSegment) -> Sink | None:
            element = app.input(name)
            if element is None:
                return None  # such as module_version, which the Slicer extension sends
            if element.receives == "text":
                return PointsSink(name) if isinstance(element, FiducialsInput) else TextSink(name)
            decoder = TransformDecoder if isinstance(element, Transform) else VolumeDecoder
            return FileSink(folder, name, decoder(name))

        return choose

    return in_folder
