"""The host that a command talks to."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tomaat.settings import Settings

if TYPE_CHECKING:
    from tomaat.client import Client

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_URL = f"http://{Settings.host}:{Settings.port}"
"""Where ``tomaat serve`` listens when it is told nothing."""

KEY_VARIABLE = "TOMAAT_KEY"
"""Has the key for the host that a command names; else it is the one that `tomaat login` has kept."""


def url_argument(command: Command) -> Command:
    """Add the argument ``[URL]``."""
    return click.argument("url", default=DEFAULT_URL)(command)


def json_option(command: Command) -> Command:
    """Add the option ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def fingerprint_option(whose: str) -> Callable[[Command], Command]:
    """Add the option ``--fingerprint``, of a certificate that is ``whose``: ``the host's``."""
    help_ = f"The SHA-256 of {whose} certificate, which it shows when it starts: take no other."
    return click.option("--fingerprint", metavar="AA:BB:...", help=help_)


def connect(url: str, fingerprint: str | None = None, *, chosen: bool = True) -> Client:
    """A client of the host at ``url``; httpx is loaded here.

    At the first contact with a certificate that nobody vouches for, the person at the terminal is asked.

    :param fingerprint: that of the only certificate to take; nobody is asked then.
    :param chosen: whether the person has named the host. The key in the variable ``TOMAAT_KEY`` is sent to no other.
    """
    from tomaat.cli.first_contact import meet
    from tomaat.client import Client

    meet(url, fingerprint)
    key = os.environ.get(KEY_VARIABLE) if chosen else None
    return Client(url, key=key or None, fingerprint=fingerprint)


def split_app(text: str) -> tuple[str, str]:
    """The host's URL and the app's name of ``URL/APP``; ``APP`` alone is one of the host on this machine."""
    url, _, app = text.rstrip("/").rpartition("/")
    if not app or url.endswith(":/") or (not url and ":" in app):
        raise click.BadParameter(f"{text!r} names no app; write it like {DEFAULT_URL}/brain, or just brain.")
    return url or DEFAULT_URL, app
