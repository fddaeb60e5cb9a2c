"""Which certificates a client takes, and what is said about one that it does not take."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from tomaat.errors import CertificateChanged, ConnectionFailed, UntrustedCertificate
from tomaat.settings.table import default_home
from tomaat.tls.known_hosts import KnownHosts, address_of
from tomaat.tls.pinning import WrongFingerprint, looking_context, pinned_context

Cause = TypeVar("Cause", bound=BaseException)

LOOK_TIMEOUT = 3.0
"""Seconds for a second look, once something has gone wrong already."""
NOT_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}
"""What OpenSSL says of an answer in another protocol."""


def known_hosts() -> KnownHosts:
    """The servers that this user trusts: ``known_hosts`` in the data folder."""
    home = default_home(Path(os.environ.get("TOMAAT_HOME", "")))
    return KnownHosts(home.expanduser() / "known_hosts")


def verify_for(url: str, fingerprint: str | None = None, verify: ssl.SSLContext | bool = True) -> ssl.SSLContext | bool:
    """How to check the certificate of the server at ``url``: httpx's argument ``verify``.

    :param fingerprint: the SHA-256 of the only certificate to take. Without one, it is that of the known hosts.
    :param verify: what holds where no fingerprint is known.

    Raises :class:`~tomaat.errors.ConnectionFailed` for what is no fingerprint, and for one of a server without TLS.
    """
    if not url.startswith("https://"):
        if fingerprint:
            raise ConnectionFailed(f"A fingerprint belongs to HTTPS, and {url} is HTTP: write https:// instead.")
        return verify
    if fingerprint:
        return pinned_context(fingerprint)
    trusted = known_hosts().fingerprint(address_of(url)) if verify is True else None
    return pinned_context(trusted) if trusted else verify


@dataclass(frozen=True)
class Seen:
    """What a second look at a server has shown.

    :ivar fingerprint: that of its certificate; empty where none was shown.
    :ivar plain: whether it answers without TLS.
    """

    fingerprint: str = ""
    plain: bool = False


NOTHING = Seen()


def refusal(url: str, error: httpx.TransportError, seen: Seen) -> ConnectionFailed | None:
    """What a person is told about a connection that failed for its certificate or for the want of TLS; ``None`` where
    it failed for something else."""
    if wrong := _cause(error, WrongFingerprint):
        return _changed(url, wrong)
    if refused := _cause(error, ssl.SSLCertVerificationError):
        return _untrusted(url, refused.verify_message, seen.fingerprint)
    failed = _cause(error, ssl.SSLError)
    if seen.plain or (failed is not None and failed.reason in NOT_TLS):
        return ConnectionFailed(
            f"What answers at {url} speaks no HTTPS. Only if it is a host without TLS, in a network that you trust, "
            "write http:// instead."
        )
    if not url.startswith("https://") and seen.fingerprint:
        return ConnectionFailed(f"What answers at {url} speaks HTTPS: write https:// instead of http://.")
    return None


def look(url: str, error: httpx.TransportError, *, trust_env: bool) -> Seen:
    """See why a connection failed, where a second look can tell: at the certificate, or whether there is one at all.
    Nothing is sent but the question whether somebody is there."""
    context, again = _look(url, error)
    if not again:
        return NOTHING
    try:
        with httpx.Client(verify=context, timeout=LOOK_TIMEOUT, trust_env=trust_env) as client:
            client.head(again)
    except httpx.TransportError as met:
        return _seen(met)
    return Seen(plain=True)


async def look_async(url: str, error: httpx.TransportError, *, trust_env: bool) -> Seen:
    """:func:`look` for asyncio."""
    context, again = _look(url, error)
    if not again:
        return NOTHING
    try:
        async with httpx.AsyncClient(verify=context, timeout=LOOK_TIMEOUT, trust_env=trust_env) as client:
            await client.head(again)
    except httpx.TransportError as met:
        return _seen(met)
    return Seen(plain=True)


def _look(url: str, error: httpx.TransportError) -> tuple[ssl.SSLContext, httpx.URL | None]:
    """The context to look with, and where; nowhere if that would tell nothing."""
    given = httpx.URL(url)
    there = httpx.URL(scheme=given.scheme, host=given.host, port=given.port, path="/")  # and no password
    again = None
    if there.scheme == "http" and not isinstance(error, (httpx.ConnectError, httpx.TimeoutException)):
        again = there.copy_with(scheme="https", port=there.port or 80)
    elif there.scheme == "https" and (isinstance(error, httpx.ConnectTimeout) or _cause(error, ssl.SSLEOFError)):
        # A server without TLS waits for the end of a request, or hangs up.
        again = there.copy_with(scheme="http", port=there.port or 443)
    elif there.scheme == "https" and _cause(error, ssl.SSLCertVerificationError):
        again = there
    return looking_context(), again


def _changed(url: str, error: WrongFingerprint) -> CertificateChanged:
    address = address_of(url)
    if known_hosts().fingerprint(address) == error.wanted:
        detail = (
            f"The certificate of {address} has changed: the one that you trust has the fingerprint {error.wanted}, and "
            f"this one {error.found}. Nothing was sent. Someone may stand between you and the host, or it has a new "
            f"certificate: ask whoever runs it. If the new one is right, `tomaat trust remove {address}` and try again."
        )
    else:
        detail = (
            f"{address} has another certificate than the one that you want: its fingerprint is {error.found}, and not "
            f"{error.wanted}. Nothing was sent. Ask whoever runs the host which one is right."
        )
    return CertificateChanged(detail, fingerprint=error.found)


def _untrusted(url: str, reason: str, seen: str) -> UntrustedCertificate:
    address = address_of(url)
    detail = f"Nobody vouches for the certificate of {address} ({reason}), and nothing was sent."
    if seen:
        detail += (
            f" Its SHA-256 fingerprint is {seen}. Compare it with the one that the server shows when it starts. Only "
            f"if they are the same, trust it: `tomaat trust add {address} --fingerprint {seen}`; or for one call "
            "--fingerprint, in Python fingerprint=."
        )
    return UntrustedCertificate(detail, fingerprint=seen, reason=reason)


def _seen(error: httpx.TransportError) -> Seen:
    wrong = _cause(error, WrongFingerprint)
    return Seen(wrong.found) if wrong else NOTHING


def _cause(error: BaseException, kind: type[Cause]) -> Cause | None:
    return next((each for each in _causes(error) if isinstance(each, kind)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
