"""What one job may take of its devices' memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """Bytes of processor memory that the worker may have, and of its GPU; 0 where nothing is known of a limit.

    :ivar whole: whether nobody else has any.
    """

    processor: int = 0
    device: int = 0
    whole: bool = False
