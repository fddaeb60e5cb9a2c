"""What weights an app takes, and which it brings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tomaat.errors import InvalidInterface, MalformedRequest

WEIGHTS_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
FIELD = "weights"
"""The input that names the weights of a call; every app that takes weights has it."""


@dataclass(frozen=True)
class Weights:
    """What weights an app takes: ``weights = Weights(architecture="MONAI UNet, 16 to 256 channels")``.

    :param formats: the loaders that suit it: ``pth`` and ``safetensors`` need :meth:`tomaat.App.network`, ``ts`` and
        ``onnx`` bring their network with them.
    :param architecture: the network that they must fit, for people.
    :param bundled: files that come with the plugin, by id; a relative path starts at the folder of the app's module.
    :param default: the id used when neither the call nor the host's settings name one.
    """

    formats: tuple[str, ...] = ("pth", "safetensors", "ts", "onnx")
    architecture: str = ""
    bundled: Mapping[str, str | Path] = field(default_factory=dict)
    default: str = ""

    def __post_init__(self) -> None:
        if not self.formats:
            raise InvalidInterface("Weights need at least one format: pth, safetensors, ts or onnx.")
        for name in (*self.bundled, *filter(None, [self.default])):
            if not WEIGHTS_ID.fullmatch(name):
                raise InvalidInterface(f"{name!r} can't name weights: {RULE}.")

    def as_data(self) -> dict[str, Any]:
        """All of it as JSON, for another process."""
        bundled = {name: str(path) for name, path in self.bundled.items()}
        return vars(self) | {"formats": list(self.formats), "bundled": bundled}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """What :meth:`as_data` gave."""
        bundled = {name: Path(path) for name, path in data["bundled"].items()}
        return cls(**{**data, "formats": tuple(data["formats"]), "bundled": bundled})


RULE = "letters, digits, '.', '_' and '-' only, 100 at most, a letter or a digit first"


def check_id(weights_id: str) -> str:
    """``weights_id`` itself. Raises :class:`MalformedRequest` for what can't name weights, such as a path."""
    if not WEIGHTS_ID.fullmatch(weights_id):
        raise MalformedRequest(f"These weights can't have that name: {RULE}.", field=FIELD)
    return weights_id


@dataclass(frozen=True)
class WeightsFile:
    """Weights that a job uses, as data that travels to any process.

    :param id: their name among the app's weights.
    :param sha256: the file's digest, in hexadecimal.
    :param format: the name of the loader that reads it.
    """

    id: str
    sha256: str
    format: str
    path: Path

    def as_json(self) -> dict[str, str]:
        return {**vars(self), "path": str(self.path)}

    @classmethod
    def from_json(cls, weights: Mapping[str, str]) -> WeightsFile:
        return cls(weights["id"], weights["sha256"], weights["format"], Path(weights["path"]))
