"""A certificate to serve with, read from its files and checked before anybody connects."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.errors import SettingsError
from tomaat.tls.fingerprints import fingerprint_of

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, which fit each other.

    :ivar path: the PEM file with the certificate, and those that vouch for it after it.
    :ivar key: the PEM file with the private key.
    :ivar fingerprint: SHA-256, in upper case, with colons.
    :ivar names: the host names and addresses that it is for, in lower case.
    :ivar begins: when it becomes valid.
    :ivar ends: when it expires.
    """

    path: Path
    key: Path
    fingerprint: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime

    def warnings(self, names: Collection[str] = ()) -> list[str]:
        """A sentence for each thing that some client will not accept.

        :param names: what clients call the server; each should be among the certificate's names.
        """
        said = []
        if datetime.now(UTC) > self.ends:
            said.append(
                f"The certificate expired on {self.ends:%Y-%m-%d}: clients that do not go by its fingerprint refuse "
                "it. Put a new one in its place, and tell everyone who trusts the old fingerprint."
            )
        if datetime.now(UTC) < self.begins:
            said.append(
                f"The certificate is valid from {self.begins:%Y-%m-%d} only. Is the clock of this machine right?"
            )
        if missing := [name for name in names if not self.covers(name)]:
            said.append(
                f"The certificate is not for {', '.join(missing)}: clients that go by its fingerprint take it, and "
                "others refuse it."
            )
        return said

    def covers(self, name: str) -> bool:
        """Whether the certificate is for this host name or address."""
        plain = _plain(name)
        return plain in self.names or f"*.{plain.partition('.')[2]}" in self.names


def read_certificate(path: Path, key: Path) -> Certificate:
    """What the two files hold.

    Raises :class:`~tomaat.errors.SettingsError` for files that are missing or no PEM, an encrypted key, and a key that
    belongs to another certificate.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    found = _read_chain(path)
    _check_key(found, key)
    return Certificate(
        path=path,
        key=key,
        fingerprint=fingerprint_of(found.public_bytes(Encoding.DER)),
        names=_names(found),
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
    )


def _read_chain(path: Path) -> x509.Certificate:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(_read(path, "certificate"))[0]
    except ValueError as error:
        raise SettingsError(
            f"{path} holds no certificate: a PEM file begins with -----BEGIN CERTIFICATE-----."
        ) from error


def _check_key(certificate: x509.Certificate, path: Path) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path, "key"), None)
    except TypeError as error:
        raise SettingsError(
            f"The key {path} is encrypted, and nobody is there to type its passphrase when a server starts. Decrypt "
            "it: openssl pkey -in OLD -out NEW."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"{path} holds no private key: a PEM file has a line -----BEGIN PRIVATE KEY-----."
        ) from error
    if key.public_key() != certificate.public_key():
        raise SettingsError(
            f"The key {path} does not belong to the certificate. In a file with several certificates, the server's own "
            "must be the first."
        )


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(f"There is no {what} file {path}.") from None
    except OSError as error:
        raise SettingsError(f"The {what} file {path} can't be read: {error.strerror}.") from error


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(
        _plain(str(name)) for kind in (x509.DNSName, x509.IPAddress) for name in found.get_values_for_type(kind)
    )


def _plain(name: str) -> str:
    """One way to write each address."""
    try:
        return ipaddress.ip_address(name.strip("[]")).compressed
    except ValueError:
        return name.lower().rstrip(".")
