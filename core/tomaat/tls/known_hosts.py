"""Whom this user trusts: a file with a line ``host:port fingerprint`` for each server, like ssh's."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from tomaat.errors import ConnectionFailed, NotFound
from tomaat.tls.files import OwnLines
from tomaat.tls.fingerprints import parse_fingerprint

HTTPS_PORT = 443
HEAD = "# Servers whose certificates are trusted: host:port, and the SHA-256 fingerprint. `tomaat trust` edits this."


def address_of(url: str) -> str:
    """What a URL's server is called in the file: ``gpu1.example:9001``, ``[::1]:9001``.

    :param url: with ``https://`` or without; the port is 443 where none is said.

    Raises :class:`~tomaat.errors.ConnectionFailed` for what is no address.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = parts.hostname, parts.port or HTTPS_PORT
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or any(character.isspace() for character in host):
        raise ConnectionFailed(f"{url!r} is no address of HTTPS; write it like https://gpu1.example:9001.")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class KnownHosts:
    """The file at ``path``, read anew each time; it need not be there.

    Every method raises :class:`~tomaat.errors.ConnectionFailed` when the file can't be read or written, and for a line
    that names a server but no fingerprint: it is not guessed what was meant.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = OwnLines(path, "list of trusted servers")

    def fingerprint(self, address: str) -> str | None:
        """The trusted fingerprint of a server, or ``None`` if it is not known."""
        found = [line for line in self._lines.read() if _address(line) == address.lower()]
        return _fingerprint(found[-1]) if found else None

    def all(self) -> dict[str, str]:
        """Fingerprints by address, in the order of the file."""
        return {address: _fingerprint(line) for line in self._lines.read() if (address := _address(line))}

    def add(self, address: str, fingerprint: str) -> None:
        """Trust a server's certificate, and no longer the one before it."""
        new = f"{address.lower()} {parse_fingerprint(fingerprint)}"
        with self._lines.editing():
            lines = self._lines.read() or [HEAD]
            self._lines.write([*(line for line in lines if _address(line) != address.lower()), new])

    def remove(self, address: str) -> None:
        """Trust a server no longer. Raises :class:`~tomaat.errors.NotFound` if it is not known."""
        with self._lines.editing():
            lines = self._lines.read()
            kept = [line for line in lines if _address(line) != address.lower()]
            if kept == lines:
                raise NotFound(f"{address} is not among the trusted servers; `tomaat trust list` shows them.")
            self._lines.write(kept)


def _address(line: str) -> str:
    """What a line is about; nothing, for a comment."""
    first = line.partition("#")[0].split()[:1]
    return first[0].lower() if first else ""


def _fingerprint(line: str) -> str:
    address, *rest = line.partition("#")[0].split()
    try:
        return parse_fingerprint("".join(rest))
    except ConnectionFailed as error:
        raise ConnectionFailed(
            f"The list of trusted servers has {address}, but no fingerprint for it. `tomaat trust remove {address}` "
            "removes that line."
        ) from error
