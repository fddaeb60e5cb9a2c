"""What a log line is about: the request, the job and the app that are worked on when it is written.

Whoever begins such work says so once, and every line from there on has it, whichever library writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("tomaat_about", default=MappingProxyType({}))


def facts() -> Mapping[str, str]:
    """What this thread or task works on: ``request``, ``job``, ``app``, as far as that is known."""
    return _ABOUT.get()


def now_about(**known: str) -> None:
    """From here on this task, and what it starts, works on nothing but this; empty texts are left out."""
    _ABOUT.set({name: text for name, text in known.items() if text})


@contextmanager
def about(**known: str) -> Iterator[None]:
    """Inside, this task works on this too; empty texts are left out."""
    token = _ABOUT.set({**_ABOUT.get(), **{name: text for name, text in known.items() if text}})
    try:
        yield
    finally:
        _ABOUT.reset(token)
