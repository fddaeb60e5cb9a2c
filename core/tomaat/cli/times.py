"""Times on the command line: ``24h``, ``90d``, ``2027-01-31``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import click

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
LONGEST = 100 * 366 * 86400.0
"""A hundred years: what is meant to be longer is meant to be without an end."""


def read_duration(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """An option's ``24h`` in seconds. Raises :class:`click.BadParameter`."""
    if text is None:
        return None
    if (seconds := duration(text)) is None:
        raise click.BadParameter(f"{text!r} is no duration; write 45s, 30m, 24h, 90d or 2w.", context, option)
    return seconds


def read_expiry(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """An option's last day (UTC) or duration from now on, in seconds since 1970. Raises :class:`click.BadParameter`."""
    if text is None:
        return None
    now = datetime.now(UTC).timestamp()
    seconds = duration(text)
    expires = _end_of_day(text) if seconds is None else now + seconds
    if expires is None:
        raise click.BadParameter(
            f"{text!r} is no date; write 2027-01-31, or 90d for 90 days from now.", context, option
        )
    if expires <= now:
        raise click.BadParameter(f"{text!r} has passed already.", context, option)
    return expires


def duration(text: str) -> float | None:
    """The seconds of ``24h``; ``None`` for what is written otherwise, or longer than a hundred years."""
    if not (found := re.fullmatch(r"([0-9]{1,12})([smhdw])", text.strip())):
        return None
    seconds = float(int(found[1]) * UNITS[found[2]])
    return seconds if seconds <= LONGEST else None


def shown(seconds: float | None) -> str:
    """A time for people, in their own zone; nothing where there is none."""
    return "" if seconds is None else datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")


def _end_of_day(text: str) -> float | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text.strip()):
        return None
    try:
        day = date.fromisoformat(text.strip()) + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def read_moment(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """An option's ``2026-11-01``, ``2026-11-01T14:30`` (UTC), or ``24h`` ago, in seconds since 1970.

    Raises :class:`click.BadParameter`.
    """
    if text is None:
        return None
    if (seconds := duration(text)) is not None:
        return datetime.now(UTC).timestamp() - seconds
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        told = f"{text!r} is no time; write 2026-11-01, 2026-11-01T14:30, or 24h for a day ago."
        raise click.BadParameter(told, context, option) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
