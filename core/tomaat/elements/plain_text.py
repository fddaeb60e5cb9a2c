"""A text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.elements.element import Format, OutputElement
from tomaat.errors import InvalidOutput

if TYPE_CHECKING:
    from tomaat.image import Grid

SHORT = 4096
"""Characters of a text that need no file to travel in."""


@dataclass(frozen=True, kw_only=True)
class PlainText(OutputElement):
    """A text for people; ``data[field]`` is a ``str``. The job's JSON shows it, too."""

    kind = "PlainText"
    formats: ClassVar[tuple[Format, ...]] = (Format("txt", "text/plain"),)
    tomaat_format: ClassVar[str] = "txt"
    tomaat_text: ClassVar[bool] = True

    def encode(self, value: Any, target: Path, grids: Mapping[str, Grid]) -> None:
        if not isinstance(value, str):
            raise InvalidOutput(
                f"The result {self.name!r} must be a text, not {type(value).__name__}.", field=self.name
            )
        # errors="replace": half of a surrogate pair can't be written, and must not cost the whole job
        target.write_text(value, encoding="utf-8", errors="replace", newline="")

    def inline(self, value: Any) -> str | None:
        if not isinstance(value, str) or len(value) > SHORT:
            return None
        return value.encode("utf-8", "replace").decode("utf-8")

    def preview(self, value: Any) -> Any:
        return value if isinstance(value, str) else None
