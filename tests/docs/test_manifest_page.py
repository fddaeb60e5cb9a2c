"""The page about manifests has the keys that there are, and its manifests are manifests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from documents import DOCS, Block, blocks
from tomaat.manifest.keys import CARD, INTENSITY, KEYS, LABEL, Key
from tomaat.manifest.manifest import Manifest

PAGE = DOCS / "manifest.md"


def default(value: Any) -> str:
    """A key's default, as the table has it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(f'{chr(34)}{each}{chr(34)}' if isinstance(each, str) else str(each) for each in value)}]`"
    if isinstance(value, str):
        return f'`"{value}"`' if value else "empty"
    return f"`{value:g}`"


def rows(keys: Mapping[str, Key], *, defaults: bool) -> str:
    return "\n".join(
        f"| `{name}` | {key.kind.noun} | {f'{default(key.default)} | ' if defaults else ''}{key.help} |"
        for name, key in keys.items()
    )


@pytest.mark.parametrize("keys", [KEYS, INTENSITY, LABEL, CARD], ids=["keys", "intensity", "label", "card"])
def test_every_key_is_there(keys: Mapping[str, Key]) -> None:
    wanted = rows(keys, defaults=keys is KEYS)
    assert f"--- |\n{wanted}\n\n" in PAGE.read_text(encoding="utf-8"), f"write instead:\n{wanted}"


@pytest.mark.parametrize("block", list(blocks(PAGE, note="manifest: ")), ids=str)
def test_a_manifest_of_the_page_is_one(block: Block) -> None:
    assert Manifest.of(tomllib.loads(block.text), str(block)).name == block.name
