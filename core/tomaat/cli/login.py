"""``tomaat login``: keep a host's key, so that it need not be said again."""

from __future__ import annotations

import sys

import click

from tomaat.cli.address import DEFAULT_URL, fingerprint_option
from tomaat.errors import MalformedRequest


@click.command(
    epilog="""The key is read from the terminal, or from a pipe. It is kept in the data folder, in a file that only you
can read, and is sent to this host alone; the commands and tomaat.Client send it.

\b
Examples:
  tomaat login https://gpu1.example:9001
  tomaat login gpu1:9001 < key.txt"""
)
@click.argument("url", default=DEFAULT_URL)
@fingerprint_option("the host's")
def command(url: str, fingerprint: str | None) -> None:
    """Keep the key that you have for a host, if the host takes it."""
    from tomaat.cli.first_contact import meet
    from tomaat.client import Client
    from tomaat.client.address import host_url
    from tomaat.client.logins import logins

    url = host_url(url)
    meet(url, fingerprint)
    key = _asked_key()
    with Client(url, key=key, fingerprint=fingerprint) as client:
        me = client.me()
        if not me.keys:
            click.secho(f"{url} asks nobody for a key.", fg="yellow", err=True)
            return
        logins().add(url, key)
    click.echo(f"You are {me.name} at {url}, and may use {me.may}.")


def _asked_key() -> str:
    if sys.stdin.isatty():
        typed: str = click.prompt("Key", hide_input=True, err=True)
    else:
        typed = sys.stdin.readline()
    if not typed.strip():
        raise MalformedRequest("No key was given.")
    return typed.strip()
