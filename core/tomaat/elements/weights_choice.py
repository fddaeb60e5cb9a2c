"""Which weights a call uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tomaat.elements.element import InputElement
from tomaat.errors import InvalidInterface
from tomaat.weights.declaration import FIELD, RULE, WEIGHTS_ID


@dataclass(frozen=True, kw_only=True)
class WeightsChoice(InputElement):
    """The name of weights that the host keeps for the app; ``data["weights"]`` is that name, a ``str``.

    An app that declares :class:`tomaat.Weights` has this input, whether it says so or not; its destination is always
    ``weights``. Left out, the host chooses: by its settings, then by the app's default.

    :param options: the weights that there are now. The host fills them in wherever it shows the element.
    :param default: those that are used when the field is left out; the host fills this in, too.
    """

    kind = "weights"
    tomaat_keys: ClassVar[tuple[str, ...]] = ("destination", "text", "options")

    optional: bool = True
    options: Sequence[str] = ()
    default: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.destination != FIELD:
            raise InvalidInterface(f"The input that chooses weights is called {FIELD!r}, not {self.destination!r}.")
        object.__setattr__(self, "options", tuple(self.options))

    def as_tomaat_json(self) -> dict[str, Any]:
        """A radio button, which is what the first TOMAAT's clients know."""
        return super().as_tomaat_json() | {"type": "radiobutton"}

    def parse(self, text: str) -> str:
        name = text.strip()
        if not WEIGHTS_ID.fullmatch(name):
            raise self.invalid(f"The field {FIELD!r} takes the name of weights: {RULE}.")
        if self.options and name not in self.options:
            raise self.invalid(f"There are no weights {name!r}; there are: {', '.join(self.options)}.")
        return name
