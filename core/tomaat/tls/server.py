"""Serving HTTPS: which certificate, and the context that a server's sockets are wrapped in."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Collection
from pathlib import Path

from tomaat.errors import SettingsError
from tomaat.tls.certificate import Certificate, read_certificate
from tomaat.tls.own import own_certificate, server_names

NOWHERE = Path()
FOLDER = "tls"
"""Where in the data folder the server's own certificate is kept."""


def choose_certificate(
    home: Path, *, own: bool, cert: Path = NOWHERE, key: Path = NOWHERE, host: str = "", public_url: str = ""
) -> Certificate | None:
    """The certificate that the settings ask for; ``None`` for a server that speaks HTTP.

    :param home: the data folder, in which the self-signed certificate is made once and kept.
    :param own: whether HTTPS is wanted though ``cert`` is not said.
    :param cert: a PEM file with a chain, the server's certificate first; empty when there is none.
    :param key: its private key; empty when that is in ``cert``, too.
    :param host: the address that the server listens on.
    :param public_url: where others reach it.

    Raises :class:`~tomaat.errors.SettingsError` for files that can't be served with.
    """
    if cert != NOWHERE:
        return read_certificate(cert.expanduser(), (cert if key == NOWHERE else key).expanduser())
    if key != NOWHERE:
        raise SettingsError("There is a --tls-key but no --tls-cert: name the certificate's file, too.")
    if not own:
        return None
    names = server_names(host, public_url)
    return own_certificate(home / FOLDER / "certificate.pem", home / FOLDER / "key.pem", names)


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """The context to serve with: TLS 1.2 or later. Raises :class:`~tomaat.errors.SettingsError`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate.path, certificate.key)
    except (ssl.SSLError, OSError) as error:
        raise SettingsError(f"{certificate.path} can't be served with: {error.args[-1]}.") from error
    return context


def tell(certificate: Certificate, log: logging.Logger, names: Collection[str] = ()) -> None:
    """Log the certificate's fingerprint, for people to compare, and whatever some clients will not like about it.

    :param names: what clients call the server, as :func:`tomaat.tls.own.called` has it.
    """
    for sentence in certificate.warnings(names):
        log.warning("%s", sentence)
    log.info("the certificate's SHA-256 fingerprint is %s", certificate.fingerprint)
    log.info("compare it with what a client shows at its first contact with this server")
