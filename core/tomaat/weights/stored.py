"""Weights that a host has for an app, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tomaat.weights.declaration import WeightsFile


class Source(StrEnum):
    """Where weights come from. Of two with the same id, the first of these is used."""

    STORE = "store"
    """They were uploaded."""
    FOLDER = "folder"
    """They lie in the folder that the settings name."""
    PLUGIN = "plugin"
    """The app's plugin brought them."""


@dataclass(frozen=True)
class StoredWeights:
    """Weights of an app.

    :ivar id: their name among the app's weights.
    :ivar format: the name of the loader that reads them: ``pth``, ``onnx``.
    :ivar sha256: the file's digest, in hexadecimal.
    :ivar size: bytes.
    :ivar created: when they came, in seconds since 1970.
    :ivar path: where the file is; only the host and its workers may know.
    """

    app: str
    id: str
    format: str
    sha256: str
    size: int
    created: float
    source: Source
    path: Path

    @property
    def file(self) -> WeightsFile:
        """What a worker is told of them."""
        return WeightsFile(self.id, self.sha256, self.format, self.path)

    def as_json(self) -> dict[str, Any]:
        """What anyone may know of them: all but the path."""
        return {key: value for key, value in vars(self).items() if key != "path"}
