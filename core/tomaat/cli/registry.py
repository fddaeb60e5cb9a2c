"""The announcement service that a command asks, and what it says, fit for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tomaat.cli.address import split_app

if TYPE_CHECKING:
    from tomaat.client import Registry


def registry_at(url: str, fingerprint: str | None = None) -> Registry:
    """A client of the announcement service at ``url``; asks like :func:`tomaat.cli.address.connect`."""
    from tomaat.cli.first_contact import meet
    from tomaat.client import Registry

    meet(url, fingerprint)
    return Registry(url, fingerprint=fingerprint)


def locate(target: str, registry: str | None) -> tuple[str, str]:
    """The host's URL and the app's name of ``URL/APP`` or ``APP``; of a SID, where a registry is given.

    An app's name may look like a SID, so that what a text is depends on the registry alone. Where images will go is
    said, as it is the registry that chose it.
    """
    if registry is None:
        return split_app(target)
    with registry_at(registry) as service:
        endpoint = service.endpoint(target)
    click.secho(f"{plain(endpoint.name)} is {plain(endpoint.app)} at {plain(endpoint.url)}.", dim=True, err=True)
    if endpoint.state == "unreachable":
        click.secho("It did not answer when the announcement service last asked.", fg="yellow", err=True)
    return endpoint.url, endpoint.app


def plain(text: str) -> str:
    """``text`` without what would move the cursor or hide something: anyone with a key may have written it."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
