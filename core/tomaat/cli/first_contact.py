"""What is asked at the first contact with a host whose certificate nobody vouches for: is it the right one?"""

from __future__ import annotations

import sys

import click

from tomaat.errors import CertificateChanged, UntrustedCertificate


def can_ask() -> bool:
    """Whether a person is there: at a terminal, and not at the other end of a pipe."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def meet(url: str, fingerprint: str | None = None) -> None:
    """Make sure that the certificate of the host at ``url`` is trusted; ask where it is not known.

    Nothing is done where a ``fingerprint`` says which one to take, or where there is nobody to ask.

    Raises :class:`~tomaat.errors.UntrustedCertificate` if it is not to be trusted, and
    :class:`~tomaat.errors.ConnectionFailed` if the host can't be reached.
    """
    from tomaat.client.address import greet, host_url
    from tomaat.client.trust import known_hosts
    from tomaat.tls.known_hosts import address_of

    if fingerprint is not None or not can_ask():
        return
    url = host_url(url)
    if not url.startswith("https://"):
        return
    address, hosts = address_of(url), known_hosts()
    if hosts.fingerprint(address) is not None:
        return  # the client compares it
    try:
        greet(url)
    except CertificateChanged:
        raise
    except UntrustedCertificate as error:
        if not error.fingerprint or not _ask(address, error):
            raise UntrustedCertificate(f"{address} is not trusted, and nothing was sent to it.") from error
        hosts.add(address, error.fingerprint)
        click.echo(f"{address} is trusted from now on; `tomaat trust remove {address}` ends that.", err=True)


def _ask(address: str, error: UntrustedCertificate) -> bool:
    click.secho(f"Nobody vouches for the certificate of {address} ({error.reason}).", fg="yellow", err=True)
    click.echo(f"Its SHA-256 fingerprint is {error.fingerprint}.", err=True)
    # click's own question would write a blank to stdout, which may be a file
    click.echo("Is that the one that the host shows when it starts? Trust it? [y/N] ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
