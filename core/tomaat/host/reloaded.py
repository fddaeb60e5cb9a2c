"""What a reload of the plugins has found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Reloaded:
    """What a reload has found, by the names of plugins.

    :ivar broken: those that are broken now, and why.
    :ivar restart: those whose routes or executor stay as they were until the host is started again.
    """

    added: list[str]
    changed: list[str]
    removed: list[str]
    broken: dict[str, str]
    restart: list[str]

    @property
    def anything(self) -> bool:
        """Whether something is other than before."""
        return bool(self.added or self.changed or self.removed)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Reloading(Protocol):
    """Takes in what was installed, upgraded or removed beside a host."""

    async def reload(self) -> Reloaded:
        """Serve what is installed now. Jobs that run end on what they began with; those that wait get the new."""
