"""Points of the first TOMAAT are in Slicer's RAS millimetres; ours are in LPS: the first two signs differ."""

from __future__ import annotations

from tomaat.errors import InvalidInput


def turn(text: str, field: str = "") -> str:
    """``x,y,z;x,y,z`` from RAS to LPS, or back. Raises :class:`InvalidInput` where it is no such text."""
    points = [point.split(",") for point in text.split(";") if point.strip()]
    try:
        return ";".join(f"{_negated(x)},{_negated(y)},{z.strip()}" for x, y, z in points)
    except ValueError:
        raise InvalidInput(f"{field!r} must be points as x,y,z;x,y,z in millimetres.", field=field or None) from None


def _negated(number: str) -> str:
    return repr(-float(number) + 0.0)
