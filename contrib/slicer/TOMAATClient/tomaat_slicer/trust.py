"""Which certificates a person has trusted: a file of known hosts, the same that TOMAAT's command line keeps."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tomaat_slicer.errors import ConnectionFailed
from tomaat_slicer.own_file import OwnFile, data_folder

HEAD = "# Servers whose certificates are trusted: host:port, and the SHA-256 fingerprint. `tomaat trust` edits this."
LENGTH = 95
"""Characters of a fingerprint: 32 bytes in hexadecimal, and the colons between them."""


def fingerprint_of(certificate: bytes) -> str:
    """The SHA-256 of a certificate in DER, upper case, with colons, as a host prints it."""
    return _colons(hashlib.sha256(certificate).hexdigest())


def known_hosts_file() -> Path:
    """Where TOMAAT's command line keeps its known hosts on this computer."""
    return data_folder() / "known_hosts"


class KnownHosts:
    """Fingerprints by ``name:port``, one a line.

    :param path: the file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._file = OwnFile(path, "list of trusted servers")

    def fingerprint(self, host: str) -> str | None:
        """The fingerprint that is trusted for ``name:port``.

        Raises :class:`ConnectionFailed` for a line that names the host but no fingerprint.
        """
        found = None
        for line in self._file.lines():
            if _host(line) == host:
                found = _colons("".join(line.partition("#")[0].split()[1:]).replace(":", ""))
                if len(found) != LENGTH:
                    raise ConnectionFailed(
                        f"The list of trusted servers has {host}, but no fingerprint for it. Remove that line from "
                        f"the file {self._file.path.name} in TOMAAT's data folder, and connect again."
                    )
        return found

    def trust(self, host: str, fingerprint: str) -> None:
        """Trust a certificate from now on, in place of the one that this host had.

        Raises :class:`ConnectionFailed` where the file can't be written.
        """
        lines = self._file.lines() or [HEAD]
        kept = [line for line in lines if _host(line) != host]
        self._file.write([*kept, f"{host} {fingerprint}"])


def _host(line: str) -> str:
    """What a line is about; nothing, for a comment."""
    return "".join(line.partition("#")[0].split()[:1]).lower()


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
