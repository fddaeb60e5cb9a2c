"""What the audit log says of whoever works on the host's own files: its administrator, with a command."""

from __future__ import annotations

from sqlalchemy import Connection

from tomaat.audit.chain import append
from tomaat.audit.entry import Action, Entry

HOST = "host"
"""Who did it: the host itself, or whoever may work on its files."""


def note_key(connection: Connection, action: Action, key: int) -> None:
    """Have the log say what was done with a key, in the same transaction."""
    append(connection, Entry(action, caller=HOST, details={"key": key}))
