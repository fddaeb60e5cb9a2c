"""What a certificate is known by: the SHA-256 of its DER bytes, as people read it to each other."""

from __future__ import annotations

import hashlib
import re

from tomaat.errors import ConnectionFailed

EXAMPLE = "AA:BB:CC:..."


def fingerprint_of(der: bytes) -> str:
    """The fingerprint of a certificate in DER: 32 bytes in upper case, with colons between them."""
    return _colons(hashlib.sha256(der).hexdigest())


def parse_fingerprint(text: str) -> str:
    """A fingerprint as :func:`fingerprint_of` writes it; in any case, with or without colons, or as OpenSSL prints it.

    Raises :class:`~tomaat.errors.ConnectionFailed` for what is no SHA-256.
    """
    digits = re.sub(r"[:\s]", "", text.rpartition("=")[2])
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
        raise ConnectionFailed(
            f"{text!r} is no SHA-256 fingerprint. It has 64 hexadecimal digits, such as {EXAMPLE}, and the server "
            "shows it when it starts."
        )
    return _colons(digits)


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
