"""The README and the docs as tests read them: blocks of code, and what the comment above each says.

``<!-- not run: reason -->`` above a block leaves it alone; other comments say what a block is (``plugin: name``,
``file: path``). A ``bash`` or ``python`` block without one is run as it stands, but for the host's address.
"""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
ADDRESS = "http://127.0.0.1:9001"
"""The host's address, as the pages have it."""
COMMENT = re.compile(r"<!-- (.+) -->")


@dataclass(frozen=True)
class Block:
    """A block of code.

    :ivar line: of its fence, from 1.
    :ivar note: the comment right above it.
    """

    page: Path
    line: int
    language: str
    text: str
    note: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def name(self) -> str:
        """What its note names: ``bright`` for ``plugin: bright``."""
        return self.note.partition(": ")[2]


def blocks(*pages: Path, language: str = "", note: str | None = None) -> Iterator[Block]:
    """The blocks of some pages; in one language, and with a note that begins so, if these are given."""
    for page in pages:
        for block in _blocks(page):
            if language in ("", block.language) and (note is None or block.note.startswith(note)):
                yield block


def runnable(page: Path, language: str) -> list[Block]:
    """The blocks that stand there without a note: they are run."""
    return [block for block in blocks(page, language=language) if not block.note]


def _blocks(page: Path) -> Iterator[Block]:
    above, inside, start = "", None, 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if inside is None and line.startswith("```"):
            inside, start = [line[3:]], number
        elif inside is not None and line == "```":
            found = COMMENT.fullmatch(above)
            yield Block(page, start, inside[0], "\n".join(inside[1:]) + "\n", found[1] if found else "")
            above, inside = "", None
        elif inside is not None:
            inside.append(line)
        elif line:
            above = line
    assert inside is None, f"{page.name}:{start} has no end"


def run_bash(found: Iterable[Block], url: str, folder: Path, path: str = "") -> str:
    """Run blocks one after the other as one script; returns what it printed, and fails with it.

    :param url: the host's address.
    :param path: ``PYTHONPATH`` of the commands.
    """
    script = "set -euo pipefail\n" + "".join(f"# {block}\n{block.text.replace(ADDRESS, url)}" for block in found)
    tools = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "COLUMNS": "200", "PYTHONPATH": path}
    environment["TOMAAT_HOME"] = str(folder / "home")  # and not that of whoever runs the tests
    done = subprocess.run(
        ["bash", "-x", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def run_python(block: Block, url: str, folder: Path) -> None:
    """Run a block as a script in ``folder``."""
    script = folder / f"line{block.line}.py"
    script.write_text(block.text.replace(ADDRESS, url), encoding="utf-8")
    with chdir(folder):
        runpy.run_path(str(script), run_name="snippet")
