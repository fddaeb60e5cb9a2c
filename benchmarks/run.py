"""Run the benchmarks, one after the other, and show all figures in one table."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from measuring import Figure, machine, show
from serving import HERE, scratch

SCRIPTS = (
    "platform_cost",
    "brain_overhead",
    "threshold_45mb",
    "cold_start",
    "upload_memory",
    "saturation",
    "idle_host",
    "help_time",
    "page",
    "spleen_ct",
    "announcements",
)


@click.command()
@click.option("--only", type=click.Choice(SCRIPTS), multiple=True, help="Run only this one; can be given again.")
@click.option("--quick", is_flag=True, help="Measure everything once: whether the scripts work, not how fast we are.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write all figures to this file.")
def main(only: tuple[str, ...], quick: bool, target: Path | None) -> None:
    """Run all benchmarks and show one table; fails if a script does, or if a figure is missed."""
    before = machine()
    figures: dict[str, list[Figure]] = {}
    broken = []
    with scratch() as folder:
        for name in only or SCRIPTS:
            click.echo(f"{name} ...", err=True)
            # A process each: what one has imported or leaves in memory is nothing to the next
            command = [sys.executable, str(HERE / f"{name}.py"), "--json", str(folder / name)]
            if subprocess.run(
                [*command, *(["--repetitions", "1"] if quick else [])], stdout=subprocess.DEVNULL
            ).returncode:
                broken.append(name)
            else:
                figures[name] = _read(folder / name)
    click.echo(f"{before} before, and after: {machine().rpartition(' average ')[2]}")
    every = [figure for found in figures.values() for figure in found]
    show(every)
    if target:
        target.write_text(json.dumps(_as_json(before, figures), indent=2))
    missed = [figure.what for figure in every if figure.ok is False]
    if broken or missed:
        raise click.ClickException(f"failed: {', '.join(broken) or 'none'}; missed: {', '.join(missed) or 'none'}")


def _read(path: Path) -> list[Figure]:
    names = {field.name for field in fields(Figure)}
    return [
        Figure(**{name: value for name, value in figure.items() if name in names})
        for figure in json.loads(path.read_text(encoding="utf-8"))
    ]


def _as_json(machine: str, figures: dict[str, list[Figure]]) -> dict[str, Any]:
    return {
        "machine": machine,
        "figures": [figure.as_json() | {"script": name} for name, found in figures.items() for figure in found],
    }


if __name__ == "__main__":
    main()
