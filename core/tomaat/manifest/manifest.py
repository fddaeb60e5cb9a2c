"""A manifest: what an app is called, and how its network was trained."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tomaat.elements.label_volume import COLOR, Label
from tomaat.errors import ManifestError
from tomaat.inference.plan import IntensityRange, SegmentationPlan, ZScore
from tomaat.manifest.keys import CARD, INTENSITY, KEYS, LABEL, TABLES, Key

LARGEST = 2**20
"""Bytes of a manifest: a larger file is the network itself, named by mistake."""


@dataclass(frozen=True)
class Manifest:
    """The content of a manifest, checked.

    :ivar network: its network's file as the manifest names it, relative to itself; empty when it names none.
    :ivar channels: the network's input channels, in their order.
    :ivar labels: what the network's classes are called, by voxel value.
    """

    name: str
    title: str
    description: str
    modality: str
    anatomy: str
    task: str
    network: str
    channels: tuple[str, ...]
    plan: SegmentationPlan
    labels: Mapping[int, Label]
    card: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The manifest in a file. Raises :class:`ManifestError`, which names file, table and key."""
        try:
            content = _content(path)
        except OSError as error:
            raise ManifestError(f"The manifest {path.name!r} can't be read: {error.strerror}.") from None
        if len(content) > LARGEST:
            raise ManifestError(f"{path.name!r} is too large for a manifest; is it the network itself?")
        try:
            table = tomllib.loads(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise ManifestError(f"{path.name!r} is no manifest: a manifest is a TOML file in UTF-8.") from None
        except (ValueError, RecursionError) as error:
            raise ManifestError(f"{path.name!r} is no TOML: {error}.") from None
        return cls.of(table, path.name)

    @classmethod
    def of(cls, table: Mapping[str, Any], file: str) -> Self:
        """The manifest in a table. Raises :class:`ManifestError`.

        :param file: what errors call it.
        """
        tables = {name: _table(table.get(name, {}), f"{file}: [{name}]") for name in TABLES}
        own = {key: value for key, value in table.items() if key not in TABLES}
        values = _values(own, KEYS, file, also=TABLES)
        if values["name"] is None:
            raise ManifestError(f'{file} has no name: write the app\'s, such as name = "liver".')
        labels = _labels(tables["labels"], f"{file}: [labels]")
        classes = _classes(values.pop("classes"), labels, file)
        card = _values(tables["card"], CARD, f"{file}: [card]")
        plan = SegmentationPlan(
            classes=classes,
            intensity=_intensity(tables["intensity"], f"{file}: [intensity]"),
            **{key: values.pop(key) for key in PLAN},
        )
        return cls(plan=plan, labels=labels, card={key: text for key, text in card.items() if text}, **values)


def digest(path: Path) -> str:
    """Twelve digits that tell a manifest from its other versions; empty where the file can't be read."""
    try:
        return hashlib.sha256(_content(path)).hexdigest()[:12]
    except OSError:
        return ""


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


PLAN = ("orientation", "spacing", "window", "overlap", "blend", "whole_volume", "crop_foreground", "arithmetic")
"""The keys that are the plan's own, under the same names."""


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ManifestError(f"{where} must be a table.")
    return value


def _values(table: Mapping[str, Any], keys: Mapping[str, Key], where: str, *, also: tuple[str, ...] = ()) -> Any:
    """A value for each of ``keys``: the table's, or the default. ``also`` are tables, for the sentence."""
    if unknown := [key for key in table if key not in keys]:
        known = ", ".join([*keys, *(f"[{name}]" for name in also)])
        raise ManifestError(f"{where} has an unknown key {unknown[0][:100]!r}; there is: {known}.")
    return {
        name: key.kind.read(table[name], f"{where}: {name}") if name in table else key.default
        for name, key in keys.items()
    }


def _intensity(table: Mapping[str, Any], where: str) -> IntensityRange | ZScore | None:
    said = _values(table, INTENSITY, where)
    given = {name for name in ("range", "zscore") if said[name] is not None}
    given |= {"mean and deviation"} if said["mean"] is not None or said["deviation"] is not None else set()
    if len(given) > 1:
        raise ManifestError(f"{where} has {' and also '.join(sorted(given))}; only one of them can be.")
    if "range" in given:
        if said["clip"]:
            raise ManifestError(f"{where} has clip beside range, which cuts already: leave clip out.")
        return IntensityRange(*said["range"])
    if (said["mean"] is None) != (said["deviation"] is None):
        raise ManifestError(f"{where} has mean or deviation alone; write both, or zscore = true for the image's own.")
    if not given and said["clip"]:
        raise ManifestError(f"{where} has clip alone; write range, zscore, or mean and deviation.")
    return ZScore(said["mean"], said["deviation"], said["clip"]) if given else None


def _labels(table: Mapping[str, Any], where: str) -> dict[int, Label]:
    labels: dict[int, Label] = {}
    for key, value in table.items():
        if not (key.isascii() and key.isdecimal() and len(key) <= 5 and str(int(key)) == key):
            raise ManifestError(
                f'{where} has the key {key[:100]!r}; it must be a voxel value from 0 to 65535, as in 1 = "liver".'
            )
        if isinstance(value, Mapping):
            said = _values(value, LABEL, f"{where[:-1]}.{key}]")
            if said["name"] is None:
                raise ManifestError(f'{where[:-1]}.{key}] has no name; write it like {key} = {{ name = "liver" }}.')
        else:
            said = {"name": LABEL["name"].kind.read(value, f"{where}: {key}"), "color": ""}
        if said["color"] and not COLOR.fullmatch(said["color"]):
            raise ManifestError(f"{where[:-1]}.{key}]: color is {said['color'][:100]!r}; it must look like '#e6194b'.")
        labels[int(key)] = Label(**said)
    return dict(sorted(labels.items()))


def _classes(said: int | None, labels: Mapping[int, Label], file: str) -> int:
    """How many channels the network gives: said, or by the labels. With one, label 1 is what is above 0."""
    largest = max(labels, default=0)
    if said is None and not largest:
        raise ManifestError(f'{file} has no labels: write [labels] with 1 = "liver", say, or the number of classes.')
    classes = said or largest + 1
    if largest > max(classes - 1, 1):
        raise ManifestError(
            f"{file}: [labels] goes up to {largest}, but a network of classes = {classes} gives 0 to "
            f"{max(classes - 1, 1)}."
        )
    return classes
