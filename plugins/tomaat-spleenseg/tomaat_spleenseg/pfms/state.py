"""What pfms remembers across restarts: a few texts in one small file."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path


class StateFile:
    """Texts by name, in a JSON file in the data folder; missing until something is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changing = asyncio.Lock()

    async def get(self, name: str) -> str:
        """The text under this name; empty if there is none."""
        return (await asyncio.to_thread(self._read)).get(name, "")

    async def change(self, name: str, new: Callable[[str], str]) -> str:
        """Put what ``new`` makes of a text in its place, and return that; it is on disk then.

        ``new`` runs in a thread, and nothing else changes meanwhile.
        """
        async with self._changing:
            return await asyncio.to_thread(self._change, name, new)

    def _change(self, name: str, new: Callable[[str], str]) -> str:
        texts = self._read()
        before = texts.get(name, "")
        texts[name] = new(before)
        if texts[name] != before:
            self._write(texts)
        return texts[name]

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def _write(self, texts: dict[str, str]) -> None:
        """All or nothing: a host that is killed meanwhile finds the old texts or the new ones."""
        part = self._path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(texts, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self._path)
