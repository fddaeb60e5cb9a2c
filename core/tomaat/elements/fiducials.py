"""Points in space: what a person has marked, or what an app has found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.elements.element import Element, Format, InputElement, OutputElement
from tomaat.elements.slider import LONGEST, NUMBER
from tomaat.errors import InvalidInput, InvalidOutput

if TYPE_CHECKING:
    from tomaat.image import Grid

Point = tuple[float, float, float]
"""LPS millimetres."""
MOST = 100_000
"""Points in one field."""


@dataclass(frozen=True, kw_only=True)
class Fiducials(Element):
    """Points; ``data[name]`` is a ``float64`` array n x 3 of LPS millimetres.

    It stands among an app's inputs and among its outputs: there the host takes :meth:`as_input` or :meth:`as_output`.

    :param name: the destination of the points, or the result's name.
    :param field: of a result: its key in ``data``; the name when empty.
    :param text: its label for people.
    :param optional: of an input: whether it may be left out.
    :param help: of an input: a sentence or two for people.
    """

    name: str
    field: str = ""
    text: str = ""
    optional: bool = False
    help: str = ""

    kind = "fiducials"
    tomaat_keys: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str, field: str = "", text: str = "", optional: bool = False, help: str = "") -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "optional", optional)
        object.__setattr__(self, "help", help)
        self.as_output()  # a wrong name must raise where it is written

    def as_input(self) -> FiducialsInput:
        """What a form asks for."""
        return FiducialsInput(self.name, text=self.text, optional=self.optional, help=self.help)

    def as_output(self) -> FiducialsOutput:
        """What a result shows."""
        return FiducialsOutput(self.name, field=self.field, text=self.text)


@dataclass(frozen=True, kw_only=True)
class FiducialsInput(InputElement):
    """Points that a person has marked. The form field is ``x,y,z;x,y,z;...`` in LPS millimetres;
    ``data[destination]`` is a ``float64`` array n x 3. An empty field means no points."""

    kind = "fiducials"
    preload: ClassVar[tuple[str, ...]] = ("numpy",)

    def check(self, text: str) -> None:
        self.points(text)

    def parse(self, text: str) -> Any:
        import numpy as np

        return np.array(self.points(text), dtype=np.float64).reshape(-1, 3)

    def points(self, text: str) -> list[Point]:
        """The points as plain numbers. Raises :class:`InvalidInput`."""
        try:
            return parse_points(text)
        except InvalidInput as error:
            raise self.invalid(f"{self.destination!r} {error.detail}") from None


@dataclass(frozen=True, kw_only=True)
class FiducialsOutput(OutputElement):
    """Points that an app has found; ``data[field]`` is an array or a list n x 3 of LPS millimetres."""

    kind = "Fiducials"
    formats: ClassVar[tuple[Format, ...]] = (
        Format("mrk.json", "application/vnd.slicer.markups+json"),
        Format("csv", "text/csv"),
        Format("txt", "text/plain"),
    )
    tomaat_format: ClassVar[str] = "txt"
    tomaat_text: ClassVar[bool] = True
    preload: ClassVar[tuple[str, ...]] = ("numpy",)

    def encode(self, value: Any, target: Path, grids: Mapping[str, Grid]) -> None:
        from tomaat.elements.points import write_points

        write_points(self._checked(value), target)

    def preview(self, value: Any) -> Any:
        return [list(point) for point in self._checked(value)]

    def convert(self, source: Path, target: Path) -> None:
        from tomaat.elements.points import read_points, write_points

        write_points(read_points(source), target)

    def _checked(self, value: Any) -> list[Point]:
        """The points as plain numbers. Raises :class:`InvalidOutput`."""
        import numpy as np

        try:
            points = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            points = np.full(1, np.nan)
        if points.size == 0:
            return []
        if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
            raise InvalidOutput(
                f"The result {self.name!r} must be an n x 3 array of finite coordinates in LPS millimetres.",
                field=self.name,
            )
        return [(x, y, z) for x, y, z in points.tolist()]


def parse_points(text: str) -> list[Point]:
    """Points from ``x,y,z;x,y,z``; blanks and a last ``;`` do no harm. Raises :class:`InvalidInput`."""
    text = text.strip().rstrip(";").strip()
    if not text:
        return []
    if text.count(";") >= MOST:
        raise InvalidInput(f"must hold at most {MOST} points.")
    return [_point(point) for point in text.split(";")]


def format_points(points: Sequence[Sequence[float]]) -> str:
    """The text that :func:`parse_points` reads, with every bit of each number."""
    return ";".join(",".join(repr(float(number)) for number in point) for point in points)


def _point(text: str) -> Point:
    numbers = [part.strip() for part in text.split(",", 3)]
    if len(numbers) == 3 and all(len(number) <= LONGEST and NUMBER.fullmatch(number) for number in numbers):
        x, y, z = (float(number) for number in numbers)
        if math.isfinite(x) and math.isfinite(y) and math.isfinite(z):
            return x, y, z
    raise InvalidInput("must be points in millimetres, written 'x,y,z;x,y,z'.")
