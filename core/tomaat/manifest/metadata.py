"""What whoever exported a network wrote into its file: names of classes and channels, and texts."""

from __future__ import annotations

import ast
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tomaat.manifest.keys import CARD, KEYS

TEXTS = {
    **{name: name for name in ("title", "description", "modality", "anatomy", *CARD)},
    "author": "authors",
    "license": "licence",
    "copyright": "licence",
}
"""Keys that exporters use, and ours."""
CLASS_KEYS = ("labels", "names", "class_names")
CHANNEL_KEYS = ("channels", "channel_names")
LONGEST = 10_000
"""Characters of a text; names of classes are far below."""


@dataclass(frozen=True)
class Metadata:
    """What a network's file says in words.

    :ivar labels: names of the output channels, by number.
    :ivar channels: names of the input channels, by number.
    :ivar texts: by the manifest's key.
    """

    labels: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_onnx(cls, description: str, properties: Mapping[str, str]) -> Metadata:
        """From a model's description and its properties, where names are a list or a table in JSON or Python."""
        labels = next((names for key in CLASS_KEYS if (names := _names(_literal(properties.get(key, ""))))), {})
        channels = next((names for key in CHANNEL_KEYS if (names := _names(_literal(properties.get(key, ""))))), {})
        return cls(labels, channels, _texts({"description": description} | dict(properties)))

    @classmethod
    def of_torchscript(cls, path: Path) -> Metadata:
        """From the file ``metadata.json`` that MONAI puts beside a network; nothing where there is none."""
        return cls.of_monai(_extra_file(path, "metadata.json"))

    @classmethod
    def of_monai(cls, text: str) -> Metadata:
        """From a MONAI bundle's metadata, in JSON."""
        said = _literal(text)
        if not isinstance(said, Mapping):
            return cls()
        formats = _at(said, "network_data_format")
        labels = next((names for each in _each(_at(formats, "outputs")) if (names := _definition(each))), {})
        channels = next((names for each in _each(_at(formats, "inputs")) if (names := _definition(each))), {})
        return cls(labels, channels, _texts({"title": said.get("name", "")} | dict(said)))


def plain(text: str) -> str:
    """``text`` in one line, without characters that no reader would see."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())[:LONGEST].strip()


def _texts(said: Mapping[Any, Any]) -> dict[str, str]:
    found = {TEXTS[key]: plain(text) for key, text in said.items() if key in TEXTS and isinstance(text, str)}
    return {key: text for key, text in found.items() if text and (key in KEYS or key in CARD)}


def _literal(text: str) -> Any:
    """JSON, or what Python writes for the same thing; ``None`` for anything else."""
    if len(text) > LONGEST * 100:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _names(value: Any) -> dict[int, str]:
    """Names by number, from a list or a table; none where it is neither."""
    pairs = enumerate(value) if isinstance(value, list | tuple) else value.items() if isinstance(value, dict) else ()
    return {
        int(number): plain(name)
        for number, name in pairs
        if re.fullmatch("[0-9]{1,5}", str(number)) and isinstance(name, str) and plain(name)
    }


def _definition(side: Any) -> dict[int, str]:
    return _names(_at(side, "channel_def"))


def _at(value: Any, key: str) -> Any:
    return value.get(key, {}) if isinstance(value, Mapping) else {}


def _each(value: Any) -> Iterator[Any]:
    yield from value.values() if isinstance(value, Mapping) else ()


def _extra_file(path: Path, name: str) -> str:
    """What was saved beside the network under ``name``; empty where nothing was."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = next((entry for entry in archive.namelist() if entry.split("/")[1:] == ["extra", name]), "")
            if not found or archive.getinfo(found).file_size > LONGEST * 100:
                return ""
            return archive.read(found).decode("utf-8", "replace")
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
        return ""
