"""``tomaat trust``: which hosts' certificates are trusted by their fingerprints."""

from __future__ import annotations

import json

import click

from tomaat.cli.address import json_option
from tomaat.cli.table import print_table
from tomaat.errors import Conflict


@click.group(
    epilog="""\b
Examples:
  tomaat trust list
  tomaat trust add gpu1:9001 --fingerprint AA:BB:...
  tomaat trust remove gpu1:9001"""
)
def command() -> None:
    """Show and change whose certificates you trust.

    A host with a certificate of its own making is trusted by that certificate's SHA-256 fingerprint, which it shows
    when it starts. URL is the host's; what stands after the port is passed over.
    """


@command.command("list", epilog="\b\nExample:\n  tomaat trust list --json")
@json_option
def list_(as_json: bool) -> None:
    """Show the hosts that you trust."""
    from tomaat.client.trust import known_hosts

    found = known_hosts().all()
    if as_json:
        hosts = [{"host": host, "fingerprint": fingerprint} for host, fingerprint in found.items()]
        click.echo(json.dumps({"hosts": hosts}, indent=2))
    elif found:
        print_table(("Host", "SHA-256 fingerprint"), list(found.items()))
    else:
        click.echo("No host is trusted by its fingerprint yet.")


@command.command(epilog="\b\nExample:\n  tomaat trust add gpu1:9001 --fingerprint AA:BB:...")
@click.argument("url")
@click.option("--fingerprint", metavar="AA:BB:...", help="Of its certificate.  [default: shown, and you are asked]")
def add(url: str, fingerprint: str | None) -> None:
    """Trust a host's certificate from now on, and no other of that host."""
    from tomaat.cli.first_contact import can_ask, meet
    from tomaat.client.address import greet
    from tomaat.client.trust import known_hosts
    from tomaat.tls.fingerprints import parse_fingerprint
    from tomaat.tls.known_hosts import address_of

    address, hosts = address_of(url), known_hosts()
    before = hosts.fingerprint(address)
    if fingerprint is not None:
        if before not in (None, parse_fingerprint(fingerprint)):
            raise Conflict(f"{address} is trusted with another fingerprint, {before}. Remove that one first.")
        hosts.add(address, fingerprint)
        click.echo(f"Trusted: {address}")
        return
    if can_ask():
        meet(f"https://{address}")
    else:
        greet(f"https://{address}")
    if hosts.fingerprint(address) is None:
        click.echo(f"An authority vouches for {address}. Give --fingerprint to trust its present certificate alone.")


@command.command(epilog="\b\nExample:\n  tomaat trust remove gpu1:9001")
@click.argument("url")
def remove(url: str) -> None:
    """Trust a host's certificate no longer: the next contact is the first one again."""
    from tomaat.client.trust import known_hosts
    from tomaat.tls.known_hosts import address_of

    address = address_of(url)
    known_hosts().remove(address)
    click.echo(f"Trusted no longer: {address}")
