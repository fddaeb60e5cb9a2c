"""The certificate that a server makes for itself: once, and never again on its own, as people have pinned it."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tomaat.errors import SettingsError
from tomaat.tls.certificate import Certificate, read_certificate
from tomaat.tls.files import locked, replace_file

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

log = logging.getLogger("tomaat")

LIFE = timedelta(days=3652)
"""Ten years: it is trusted by its fingerprint, and every new one has to be trusted again by everybody."""
EVERYWHERE = ("", "0.0.0.0", "::")
"""What a server listens on that listens on all addresses."""
SLACK = timedelta(days=1)
"""It is valid from yesterday: the clocks of clients are not all right."""


def own_certificate(path: Path, key: Path, names: Iterable[str]) -> Certificate:
    """The self-signed certificate in these two files, which are made when neither is there.

    ECDSA P-256, for ten years. The key can be read by its owner alone. Two processes that start at once get the same.
    A certificate that is there is never replaced, not even one that has expired: its fingerprint is what people trust.

    :param names: the host names and addresses that a new one is for.

    Raises :class:`~tomaat.errors.SettingsError` when the files can't be written, one of them is missing or damaged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(path.parent):
            if not path.exists() and not key.exists():
                _make(path, key, list(dict.fromkeys(names)))
                log.warning("made a new certificate; its fingerprint has to be trusted by each client once")
    except OSError as error:
        raise SettingsError(f"The certificate can't be kept in {path.parent}: {error.strerror}.") from error
    try:
        certificate = read_certificate(path, key)
    except SettingsError as error:
        raise SettingsError(
            f"{error.detail} Put the old files back, so that clients which trust their fingerprint go on; or remove "
            "both, to have a new certificate made that each client has to trust anew."
        ) from error
    _guard(key)
    return certificate


def server_names(host: str, public_url: str = "") -> list[str]:
    """What a server on this machine may be called: localhost, the machine's name, its addresses as far as the server
    listens on them, and the host of its public URL. No name server is asked."""
    import psutil

    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    if host in EVERYWHERE:
        found = [each for addresses in psutil.net_if_addrs().values() for each in addresses]
        names += [each.address for each in found if each.family in (socket.AF_INET, socket.AF_INET6)]
    else:
        names.append(host)
    named = [*names, *called(host, public_url)]
    return list(dict.fromkeys(name for name in named if "%" not in name))  # those with a zone mean something here only


def called(host: str, public_url: str = "") -> list[str]:
    """What clients will call the server, as far as its settings say: worth a warning where the certificate lacks it."""
    listening = [] if host in EVERYWHERE else [host]
    return [*listening, *filter(None, [urlsplit(public_url).hostname])]


def _make(path: Path, key: Path, names: Sequence[str]) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    plain = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signed = _signed(private, names).public_bytes(pem)
    replace_file(key, plain, 0o600)
    replace_file(path, signed, 0o644)


def _signed(private: ec.EllipticCurvePrivateKey, names: Sequence[str]) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TOMAAT")])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        # Whoever puts it into a browser's store trusts this server with it, and nothing that its key might sign.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, encipher_only=False, decipher_only=False, **usage), critical=True
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    return builder.sign(private, hashes.SHA256())


def _general_names(names: Iterable[str]) -> Iterator[x509.GeneralName]:
    """The names as a certificate has them, but for those that no name server could have."""
    from cryptography import x509

    for name in names:
        try:
            yield x509.IPAddress(ipaddress.ip_address(name.strip("[]")))
        except ValueError:
            with suppress(UnicodeError):
                yield x509.DNSName(name.encode("idna").decode("ascii"))


def _guard(key: Path) -> None:
    """Keep others from reading the key; whoever has it can pass for this server."""
    if key.stat().st_mode & 0o077:
        log.warning("the key %s could be read by others; now it can't. If one of them may have it, make a new one", key)
        with suppress(OSError):
            key.chmod(0o600)
