"""One of several options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tomaat.elements.element import InputElement
from tomaat.errors import InvalidInterface


@dataclass(frozen=True, kw_only=True)
class RadioButton(InputElement):
    """A choice; ``data[destination]`` is the chosen option, a ``str``.

    :param options: what there is to choose from, as shown and as sent.
    :param default: the option when the field is left out; without one the field is required.
    """

    kind = "radiobutton"
    tomaat_keys: ClassVar[tuple[str, ...]] = ("destination", "text", "options")

    options: Sequence[str]
    default: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.options, str):
            raise InvalidInterface(f"The options of {self.destination!r} must be a list of texts, not one text.")
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options or not all(isinstance(option, str) and option.strip() for option in self.options):
            raise InvalidInterface(f"The options of {self.destination!r} must be texts, none empty, at least one.")
        if len({option.strip() for option in self.options}) < len(self.options):
            raise InvalidInterface(f"The options of {self.destination!r} repeat: {', '.join(self.options)}.")
        if self.default is not None and self.default not in self.options:
            raise InvalidInterface(f"The default of {self.destination!r} is none of its options: {self.default!r}.")

    def parse(self, text: str) -> str:
        for option in self.options:
            if text.strip() == option.strip():
                return option
        raise self.invalid(f"{self.destination!r} must be one of: {', '.join(self.options)}.")
