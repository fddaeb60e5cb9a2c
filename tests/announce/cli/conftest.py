"""Commands on the database of a service that does not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services import RunningService


class Place(RunningService):
    """A data folder and a database."""

    def done(self, *words: str) -> str:
        """What a command printed; it has to succeed."""
        result = self.command(*words)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    def json(self, *words: str) -> Any:
        """What a command printed with ``--json``."""
        return json.loads(self.done(*words, "--json"))

    def error(self, *words: str, code: int = 1) -> str:
        """What a command said that failed."""
        result = self.command(*words)
        assert (result.exit_code, result.stdout) == (code, "")
        return result.stderr


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    """On SQLite and on PostgreSQL."""
    return Place(home=tmp_path / "home", database=database_url)


@pytest.fixture
def sqlite_place(tmp_path: Path) -> Place:
    """On SQLite in the data folder, for what has nothing to do with the database."""
    return Place(home=tmp_path / "home")
