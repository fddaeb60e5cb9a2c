"""What a key of a manifest takes: each kind turns a TOML value into ours, or says what it expected."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tomaat.description import RESERVED, SLUG
from tomaat.elements.element import NAME
from tomaat.errors import ManifestError
from tomaat.inference.plan import is_orientation
from tomaat.weights.declaration import FIELD

TAKEN = (FIELD, "labels", "report", "surface")
"""What no channel may be called: the app's other fields."""
LARGEST_SIDE = 4096
"""Voxels of a window's side: past it no network fits in a memory, and most likely it was meant as something else."""
MOST_CLASSES = 65535
"""What a label map of 16 bits can tell apart."""


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    :param noun: what is expected, for people: ``a text``.
    :param convert: gives our value for TOML's; raises ``ValueError`` or ``TypeError`` for what it does not take.
    """

    noun: str
    convert: Callable[[Any], Any]

    def read(self, value: Any, where: str) -> Any:
        """``value`` as ours. Raises :class:`ManifestError`; ``where`` begins its sentence and names file and key."""
        try:
            return self.convert(value)
        except (TypeError, ValueError):
            raise ManifestError(f"{where} is {_shown(value)}; it must be {self.noun}.") from None


def _shown(value: Any) -> str:
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no decimal number of more than 4300 digits
        return "a number that is too long"


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError


def _text(value: Any) -> str:
    _require(isinstance(value, str))
    return " ".join(str(value).split())


def _said(value: Any) -> str:
    text = _text(value)
    _require(bool(text))
    return text


def _slug(value: Any) -> str:
    _require(isinstance(value, str) and bool(SLUG.fullmatch(value)) and value not in RESERVED)
    return str(value)


def _flag(value: Any) -> bool:
    _require(isinstance(value, bool))
    return bool(value)


def _true(value: Any) -> bool:
    _require(value is True)
    return True


def _number(value: Any) -> float:
    _require(isinstance(value, int | float) and not isinstance(value, bool))
    number = float(value) if abs(value) < 1e300 else math.inf
    _require(math.isfinite(number))
    return number


def _whole(value: Any, largest: int) -> int:
    _require(isinstance(value, int) and not isinstance(value, bool) and 0 < value <= largest)
    return int(value)


def _positive(value: Any) -> float:
    number = _number(value)
    _require(number > 0)
    return number


def _fraction(value: Any) -> float:
    number = _number(value)
    _require(0 <= number < 1)
    return number


def _list(value: Any, length: int | None = None) -> list[Any]:
    _require(isinstance(value, list) and len(value) == (length or len(value)))
    return list(value)


def _growing(value: Any) -> tuple[float, float]:
    low, high = (_number(number) for number in _list(value, 2))
    _require(low < high)
    return low, high


def _orientation(value: Any) -> str:
    _require(isinstance(value, str) and is_orientation(value))
    return str(value)


def _channels(value: Any) -> tuple[str, ...]:
    names = _list(value)
    _require(bool(names) and all(isinstance(name, str) and NAME.fullmatch(name) for name in names))
    _require(len(set(names)) == len(names) and not set(names) & set(TAKEN))
    return tuple(names)


def choice(*options: str) -> Kind:
    """One of some texts."""

    def chosen(value: Any) -> str:
        _require(isinstance(value, str) and value in options)
        return str(value)

    return Kind(" or ".join(f'"{option}"' for option in options), chosen)


TEXT = Kind("a text", _text)
SAID = Kind("a text that is not empty", _said)
SLUG_NAME = Kind("a name of lower-case letters, digits and '-', such as \"liver\", and no route of the host", _slug)
FLAG = Kind("true or false", _flag)
TRUE = Kind("true", _true)
NUMBER = Kind("a number", _number)
POSITIVE = Kind("a number above 0", _positive)
FRACTION = Kind("a number from 0 to below 1", _fraction)
CLASSES = Kind(f"a whole number from 1 to {MOST_CLASSES}", lambda value: _whole(value, MOST_CLASSES))
RANGE = Kind("two numbers that grow, such as [-57, 164]", _growing)
SPACING = Kind(
    "three lengths in millimetres, such as [1.5, 1.5, 2.0]",
    lambda value: tuple(_positive(length) for length in _list(value, 3)),
)
WINDOW = Kind(
    f"three whole numbers of voxels from 1 to {LARGEST_SIDE}, such as [96, 96, 96]",
    lambda value: tuple(_whole(side, LARGEST_SIDE) for side in _list(value, 3)),
)
ORIENTATION = Kind('three letters that say where x, y and z grow to, such as "RAS"', _orientation)
CHANNELS = Kind(
    "a list of different names of letters, digits, '_' and '-', a letter first, "
    'such as ["image"] or ["t1", "flair"]; '
    f"none of them {', '.join(TAKEN[:-1])} or {TAKEN[-1]}",
    _channels,
)
