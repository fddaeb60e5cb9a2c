"""A number in a range."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from tomaat.elements.element import InputElement
from tomaat.errors import InvalidInterface

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
"""A decimal number. Python's own float() takes more: ``1_000``, ``nan``, ``infinity``, digits of other scripts."""
LONGEST = 64


@dataclass(frozen=True, kw_only=True)
class Slider(InputElement):
    """A number in a range; ``data[destination]`` is a ``float``.

    :param minimum: the least value that is taken.
    :param maximum: the greatest value that is taken.
    :param default: the value when the field is left out; without one the field is required, unless ``optional``.
    :param step: what one move of the slider adds. Only a form heeds it: any value in the range is taken.
    :param units: what the number counts, for people: ``"mm"``, ``"HU"``.
    """

    kind = "slider"
    tomaat_keys: ClassVar[tuple[str, ...]] = ("destination", "minimum", "maximum")

    minimum: float
    maximum: float
    default: float | None = None
    step: float | None = None
    units: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("minimum", "maximum", "default", "step"):
            value = getattr(self, name)
            absent = value is None and name in {"default", "step"}
            if not absent and (isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value)):
                raise InvalidInterface(f"The {name} of the slider {self.destination!r} must be a number: {value!r}.")
        if not self.minimum < self.maximum:
            raise InvalidInterface(f"The slider {self.destination!r} has a minimum that is not below its maximum.")
        if self.default is not None and not self.minimum <= self.default <= self.maximum:
            raise InvalidInterface(f"The default of the slider {self.destination!r} is outside of its range.")
        if self.step is not None and self.step <= 0:
            raise InvalidInterface(f"The step of the slider {self.destination!r} must be above 0.")

    @property
    def fallback(self) -> float | None:
        """The default as the ``float`` that apps get."""
        return None if self.default is None else float(self.default)

    def parse(self, text: str) -> float:
        text = text.strip()
        number = float(text) if len(text) <= LONGEST and NUMBER.fullmatch(text) else math.nan
        if not self.minimum <= number <= self.maximum:
            unit = f" {self.units}" if self.units else ""
            raise self.invalid(
                f"{self.destination!r} must be a number from {self.minimum:g} to {self.maximum:g}{unit}."
            )
        return number


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int that no float can hold
        return False
