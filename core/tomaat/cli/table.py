"""Tables on stdout: as wide as the terminal, and never cut; lines are long where a script reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

Cell = str | tuple[str, str]
"""A text, or a text and its colour."""
PIPED = 400
"""Columns of a table that goes to a file or another command, so that no line is folded."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Print a table whose first column, the name, is never folded. No cell is read as markup."""
    from rich import box
    from rich.table import Column, Table
    from rich.text import Text

    first, *others = columns
    folded = [Column(name, overflow="fold") for name in others]
    table = Table(Column(first, no_wrap=True), *folded, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else Text(*cell) for cell in row))
    _console().print(table)


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one pair below the other."""
    known = list(pairs)
    width = max(len(name) for name, _ in known)
    for name, value in known:
        click.echo(f"{click.style(name.ljust(width), bold=True)}  {value}")


def _console() -> Console:
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=PIPED)
