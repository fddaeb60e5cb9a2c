"""Which certificates a person has trusted: a file of known hosts, the same that TOMAAT's command line keeps."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

from tomaat_slicer.errors import ConnectionFailed

HEAD = "# Servers whose certificates are trusted: host:port, and the SHA-256 fingerprint. `tomaat trust` edits this."
LENGTH = 95
"""Characters of a fingerprint: 32 bytes in hexadecimal, and the colons between them."""


def fingerprint_of(certificate: bytes) -> str:
    """The SHA-256 of a certificate in DER, upper case, with colons, as a host prints it."""
    return _colons(hashlib.sha256(certificate).hexdigest())


def known_hosts_file() -> Path:
    """Where TOMAAT's command line keeps its known hosts on this computer: in ``TOMAAT_HOME``, or where data of programs
    are kept."""
    home = os.environ.get("TOMAAT_HOME")
    if home:
        folder = Path(home).expanduser()
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "tomaat"
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support" / "tomaat"
    else:
        folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tomaat"
    return folder / "known_hosts"


class KnownHosts:
    """Fingerprints by ``name:port``, one a line.

    :param path: the file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def fingerprint(self, host: str) -> str | None:
        """The fingerprint that is trusted for ``name:port``.

        Raises :class:`ConnectionFailed` for a line that names the host but no fingerprint.
        """
        found = None
        for line in self._lines():
            if _host(line) == host:
                found = _colons("".join(line.partition("#")[0].split()[1:]).replace(":", ""))
                if len(found) != LENGTH:
                    raise ConnectionFailed(
                        f"The list of trusted servers has {host}, but no fingerprint for it. Remove that line from "
                        f"the file {self._path.name} in TOMAAT's data folder, and connect again."
                    )
        return found

    def trust(self, host: str, fingerprint: str) -> None:
        """Trust a certificate from now on, in place of the one that this host had.

        Raises :class:`ConnectionFailed` where the file can't be written.
        """
        lines = self._lines() or [HEAD]
        kept = [line for line in lines if _host(line) != host]
        try:
            self._write("".join(f"{line}\n" for line in [*kept, f"{host} {fingerprint}"]))
        except OSError as error:
            raise ConnectionFailed(f"The list of trusted servers can't be written: {error.strerror}.") from error

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise ConnectionFailed("The list of trusted servers can't be read.") from error

    def _write(self, text: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Another program may read it at this moment: it sees the old file or the new one.
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, prefix=".known_hosts-")
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, self._path)
        except BaseException:
            os.unlink(name)
            raise


def _host(line: str) -> str:
    """What a line is about; nothing, for a comment."""
    return "".join(line.partition("#")[0].split()[:1]).lower()


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper()
