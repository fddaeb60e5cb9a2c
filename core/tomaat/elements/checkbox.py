"""Yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tomaat.elements.element import InputElement
from tomaat.errors import InvalidInterface

WORDS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
"""What forms and scripts send for a box, in lower case; the first TOMAAT's client sends ``True`` and ``False``."""


@dataclass(frozen=True, kw_only=True)
class Checkbox(InputElement):
    """A box to tick; ``data[destination]`` is a ``bool``.

    :param default: its state when the field is left out; without one the field is required.
    """

    kind = "checkbox"
    tomaat_keys: ClassVar[tuple[str, ...]] = ("destination", "text")

    default: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.default is not None and not isinstance(self.default, bool):
            raise InvalidInterface(f"The checkbox {self.destination!r} can't be {self.default!r} by default.")

    def parse(self, text: str) -> bool:
        try:
            return WORDS[text.strip().lower()]
        except KeyError:
            raise self.invalid(f"{self.destination!r} must be True or False.") from None
