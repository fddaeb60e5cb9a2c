"""``tomaat logout``: forget a host's key."""

from __future__ import annotations

import click

from tomaat.cli.address import url_argument


@click.command(epilog="\b\nExample:\n  tomaat logout https://gpu1.example:9001")
@url_argument
def command(url: str) -> None:
    """Forget the key that `tomaat login` kept for a host. The key stays good, until its administrator revokes it."""
    from tomaat.client.address import host_url
    from tomaat.client.logins import logins

    url = host_url(url)
    logins().remove(url)
    click.echo(f"Forgot the key for {url}.")
