"""A label for each voxel of an input volume."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.elements.element import Format, OutputElement
from tomaat.errors import InvalidInterface, InvalidOutput

if TYPE_CHECKING:
    from tomaat.image import Grid

PALETTE = (
    "#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45", "#fabed4",
    "#469990", "#dcbeff", "#9a6324", "#fffac8", "#800000", "#aaffc3", "#808000", "#ffd8b1", "#000075",
)  # fmt: skip
"""Colours that people tell apart, for labels without one of their own: Sasha Trubetskoy, "List of 20 simple,
distinct colors", https://sashamaps.net/docs/resources/20-colors/, without its grey, which is not seen on a scan."""
COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)
LARGEST = 2**32 - 1


@dataclass(frozen=True)
class Label:
    """What a voxel value stands for.

    :param name: for people: ``"left kidney"``.
    :param color: ``#rrggbb``; one of :data:`PALETTE` when empty.
    """

    name: str
    color: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelVolume(OutputElement):
    """A segmentation on exactly the grid of an input volume; ``data[field]`` is a ``SimpleITK.Image`` of whole
    numbers, 0 for the background.

    :param labels: names by voxel value: ``{1: "bright"}``, ``{1: {"name": "bright", "color": "#e6194b"}}`` or
        ``{1: Label("bright")}``.
    :param reference: the destination of the volume whose grid it has; the app's first volume when empty; ``None`` for
        labels on a grid of their own, which nobody compares with an input's.
    """

    kind = "LabelVolume"
    formats: ClassVar[tuple[Format, ...]] = (
        Format("nii.gz", "application/gzip"),
        Format("mha", "application/x-mha"),
        Format("nrrd", "application/x-nrrd"),
        Format("nii", "application/x-nifti"),
    )
    tomaat_format: ClassVar[str] = "mha"
    preload: ClassVar[tuple[str, ...]] = ("SimpleITK", "numpy", "tomaat.image_files.writing", "tomaat.label_counts")

    labels: Mapping[int, Label] = dataclass_field(default_factory=dict)
    reference: str | None = ""

    def __init__(
        self,
        name: str,
        field: str = "",
        text: str = "",
        *,
        labels: Mapping[Any, str | Mapping[str, str] | Label] | None = None,
        reference: str | None = "",
    ) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "labels", _normalised(name, labels or {}))
        object.__setattr__(self, "reference", reference)
        self.__post_init__()

    def _field_as_json(self, name: str) -> Any:
        if name == "labels":
            return {str(value): asdict(label) for value, label in self.labels.items()}
        return super()._field_as_json(name)

    @property
    def label_names(self) -> dict[int, str]:
        """Names by voxel value."""
        return {value: label.name for value, label in self.labels.items()}

    def expected_on(self, grids: Mapping[str, Grid]) -> str:
        """The input whose grid the labels must have; empty where there is none."""
        if self.reference is None:
            return ""
        reference = self.reference or next(iter(grids), "")
        return reference if reference in grids else ""

    def encode(self, value: Any, target: Path, grids: Mapping[str, Grid]) -> None:
        """Write the labels. Raises :class:`InvalidOutput` unless they are whole numbers on the reference's grid."""
        from tomaat.image import require_same_grid
        from tomaat.image_files.writing import write_labels

        reference = self.expected_on(grids)
        try:
            if reference:
                require_same_grid(value, grids[reference], reference)
            write_labels(value, target, grids.get(reference), self.label_names)
        except InvalidOutput as error:
            raise InvalidOutput(f"The result {self.name!r} {error.detail}", field=self.name) from None

    def preview(self, value: Any) -> Any:
        """The size of each label, background aside: ``{"1": {"voxels": 50697, "millilitres": 152.1}}``. Declared labels
        that no voxel has are there with 0; ``None`` where there are too many to show."""
        from tomaat.label_counts import MOST, count_labels

        counts = count_labels(value)
        if counts is None or len(self.labels) > MOST:
            return None
        millilitres = math.prod(value.GetSpacing()) / 1000
        return {
            str(label): {"voxels": voxels, "millilitres": float(f"{voxels * millilitres:.6g}")}
            for label, voxels in sorted((dict.fromkeys(self.labels, 0) | counts).items())
            if label
        }

    def convert(self, source: Path, target: Path) -> None:
        from tomaat.image_files.writing import convert_labels

        convert_labels(source, target, self.label_names)


def _normalised(name: str, labels: Mapping[Any, str | Mapping[str, str] | Label]) -> dict[int, Label]:
    """Labels in order, each with a name and a colour."""
    if not isinstance(labels, Mapping):
        raise InvalidInterface(f"The labels of {name!r} must be a table like {{1: 'liver'}}.")
    pairs = [_label(name, value, label) for value, label in labels.items()]
    return dict(_coloured(dict(sorted(pairs, key=lambda pair: pair[0]))))


def _coloured(labels: Mapping[int, Label]) -> Iterator[tuple[int, Label]]:
    """Colours go by the value, so that a label looks the same in all results; what is taken makes way for the next."""
    taken: set[str] = {label.color for label in labels.values()}
    for number, label in labels.items():
        turns = [PALETTE[(number - 1 + turn) % len(PALETTE)] for turn in range(len(PALETTE))]
        color = label.color or next((turn for turn in turns if turn not in taken), turns[0])
        taken.add(color)
        yield number, Label(label.name, color)


def _label(name: str, value: Any, label: str | Mapping[str, str] | Label) -> tuple[int, Label]:
    where = f"The label {value!r} of {name!r}"
    if isinstance(value, bool) or not str(value).isdecimal() or not 0 <= int(value) <= LARGEST:
        raise InvalidInterface(f"{where} must be a voxel value: a whole number from 0 to {LARGEST}.")
    try:
        label = label if isinstance(label, Label) else Label(label) if isinstance(label, str) else Label(**label)
    except TypeError:
        raise InvalidInterface(f"{where} must be a name, or a table of 'name' and 'color'.") from None
    if not isinstance(label.name, str) or not label.name.strip():
        raise InvalidInterface(f"{where} needs a name.")
    if label.color and not COLOR.fullmatch(label.color):
        raise InvalidInterface(f"{where} has the colour {label.color!r}; it must look like '#e6194b'.")
    return int(value), Label(label.name, label.color)
