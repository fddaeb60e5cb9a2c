"""Trusting one certificate, by its fingerprint, and no other."""

from __future__ import annotations

import ssl

from tomaat.tls.fingerprints import fingerprint_of, parse_fingerprint


class WrongFingerprint(ssl.SSLError):
    """The server has another certificate than the one that is trusted; nothing was sent to it.

    :ivar wanted: the fingerprint that is trusted; empty when none is.
    :ivar found: that of the server's certificate.
    """

    def __init__(self, wanted: str, found: str) -> None:
        super().__init__(1, f"its certificate's fingerprint is {found}, and not {wanted or 'known'}")
        self.wanted = wanted
        self.found = found


def pinned_context(fingerprint: str) -> ssl.SSLContext:
    """A client's context that takes the certificate with this SHA-256 fingerprint, whatever its names and dates are.

    Any other makes the handshake raise :class:`WrongFingerprint`, before a byte of a request is sent. The check is in
    the handshake itself, so it holds for each new connection, behind a proxy too, and nothing can come in between.

    Raises :class:`~tomaat.errors.ConnectionFailed` for what is no fingerprint.
    """
    return _context(parse_fingerprint(fingerprint))


def looking_context() -> ssl.SSLContext:
    """A client's context that takes no certificate at all: :class:`WrongFingerprint` tells what the server's is."""
    return _context("")


def _context(wanted: str) -> ssl.SSLContext:
    context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # no authority is asked; that the server has the key is proved all the same
    context.wanted = wanted
    context.sslsocket_class = _PinnedSocket
    context.sslobject_class = _PinnedObject
    return context


class _PinnedContext(ssl.SSLContext):
    wanted: str

    def check(self, certificate: bytes | None) -> None:
        found = fingerprint_of(certificate or b"")
        if found != self.wanted:
            raise WrongFingerprint(self.wanted, found)


class _PinnedSocket(ssl.SSLSocket):
    """What blocking clients use."""

    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        _check(self)


class _PinnedObject(ssl.SSLObject):
    """What clients on an event loop use."""

    def do_handshake(self) -> None:
        super().do_handshake()
        _check(self)


def _check(connection: ssl.SSLSocket | ssl.SSLObject) -> None:
    context = connection.context
    assert isinstance(context, _PinnedContext)
    context.check(connection.getpeercert(binary_form=True))
