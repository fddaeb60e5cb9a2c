"""The keys that a person has for hosts that ask for one: a file, the same that ``tomaat login`` keeps."""

from __future__ import annotations

from pathlib import Path

from tomaat_slicer.address import Address
from tomaat_slicer.errors import ConnectionFailed
from tomaat_slicer.own_file import OwnFile, data_folder

HEAD = "# Keys of hosts, one for each. `tomaat login` and `tomaat logout` edit this; show it to nobody."


def logins_file() -> Path:
    """Where TOMAAT's command line keeps its keys on this computer."""
    return data_folder() / "logins"


class Logins:
    """Keys by scheme, name and port, one a line: a key for HTTPS is never sent without it.

    :param path: the file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._file = OwnFile(path, "list of keys")

    def key(self, address: Address) -> str:
        """The key for a host; empty if there is none."""
        found = [line.split()[1] for line in self._file.lines() if _is_for(line, address)]
        return found[-1] if found else ""

    def keep(self, address: Address, key: str) -> None:
        """Keep a key for a host, in place of the one before it. Raises :class:`ConnectionFailed`."""
        lines = self._file.lines() or [HEAD]
        kept = [line for line in lines if not _is_for(line, address)]
        self._file.write([*kept, f"{_origin(address)} {key}"])


def check_key(key: str) -> str:
    """A key as a person pasted it, without what stands around it. Raises :class:`ConnectionFailed` for what is none."""
    plain = key.strip()
    if not (plain.isascii() and plain.isprintable()) or " " in plain:
        raise ConnectionFailed("A key has only letters, digits, '_' and '-'. Was it copied as a whole?")
    return plain


def _origin(address: Address) -> str:
    return f"{address.scheme}://{address.netloc}"


def _is_for(line: str, address: Address) -> bool:
    words = line.split()
    return len(words) == 2 and words[0] == _origin(address)
