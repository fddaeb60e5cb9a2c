"""The pages say what the code says."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

import click
import pytest

from documents import DOCS, PAGES
from tomaat import hookspecs
from tomaat.cli import COMMANDS, main
from tomaat.elements.element import InputElement
from tomaat.errors import JobError, RequestError, TomaatError, TryLater
from tomaat.image_files.limits import Limits
from tomaat.plugins import find_plugins
from tomaat.settings import SECTIONS, TABLES, AppSettings, DeviceSettings, NetworkSettings, Settings
from tomaat_announce.cli import COMMANDS as ANNOUNCE_COMMANDS
from tomaat_announce.cli import main as announce
from tomaat_announce.cli.serve import command as announce_serve
from tomaat_announce.settings import ServiceSettings

LINK = re.compile(r"\]\(([^)\s]+)\)")
LINKS = [
    (source, link) for source in PAGES for link in LINK.findall(source.read_text(encoding="utf-8")) if ":" not in link
]
NOUNS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
MACHINE = re.compile(r"/(work|root|home/\w|mnt)/|/tmp/")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def default(field: dataclasses.Field[Any]) -> str:
    """A setting's default, as the tables have it."""
    if field.default in ("", Path()):
        return "empty"
    if field.default is None:
        return "not set"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default:.10g}`" if isinstance(field.default, float) else f"`{field.default}`"


SETTINGS = {
    Settings: "settings.md",
    AppSettings: "settings.md",
    DeviceSettings: "settings.md",
    NetworkSettings: "settings.md",
    **dict.fromkeys(SECTIONS.values(), "settings.md"),
    ServiceSettings: "announcement-service.md",
}
"""Each table, and its page."""


@pytest.mark.parametrize("table", SETTINGS)
def test_every_setting_is_there(table: type[Any]) -> None:
    types = get_type_hints(table)
    rows = []
    for field in dataclasses.fields(table):
        if field.name in {*TABLES, *SECTIONS}:
            continue  # tables of their own
        kind = next((kind for kind in get_args(types[field.name]) if kind is not NoneType), types[field.name])
        rows.append(f"| `{field.name}` | {NOUNS[kind]} | {default(field)} | {field.metadata['help']} |")
    wanted = "\n".join(rows)
    assert f"| --- | --- | --- | --- |\n{wanted}\n\n" in page(SETTINGS[table]) + "\n", f"write instead:\n{wanted}"


def test_every_hook_has_a_section() -> None:
    specs = [value for name, value in vars(hookspecs).items() if name.startswith("tomaat_")]
    signatures = [f"{spec.__name__}({', '.join(inspect.signature(spec).parameters)})" for spec in specs]
    assert [heading for heading in headings(page("hooks.md")) if heading.startswith("tomaat_")] == signatures


PROGRAMS = [("tomaat", main, name) for name in COMMANDS] + [
    ("tomaat-announce", announce, name) for name in ANNOUNCE_COMMANDS
]


@pytest.mark.parametrize(("program", "group", "name"), PROGRAMS)
def test_every_command_has_a_section_with_an_example(program: str, group: click.Group, name: str) -> None:
    text = page("command-line.md")
    section = text.partition(f"\n## {program} {name}\n")[2].partition("\n## ")[0]
    assert re.search(rf"```bash\n(.*\n)*{program} {name}\b", section)
    command = group.get_command(click.Context(group), name)
    assert command is not None
    commands = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
    settings = {field.name for field in dataclasses.fields(ServiceSettings)} if command is announce_serve else set()
    for each in commands:
        for option in each.params:
            if isinstance(option, click.Option) and option.name not in settings:
                assert any(re.search(rf"{spelled}\b", section) for spelled in option.opts), option


def test_the_options_of_serve_are_the_settings() -> None:
    rows = [
        f"| `--{field.name.replace('_', '-')}` | {field.metadata['help']} | {default(field)} |"
        for field in dataclasses.fields(Settings)
        if field.name not in {*TABLES, *SECTIONS}
    ]
    for name, section in SECTIONS.items():
        for field in dataclasses.fields(section):
            option = f"--{name}" if field.name == "url" else f"--{name}-{field.name}"
            rows.append(f"| `{option}` | {field.metadata['help']} | {default(field)} |")
    wanted = "\n".join(rows)
    assert wanted in page("command-line.md"), f"write instead:\n{wanted}"


@pytest.mark.parametrize(("source", "target"), [pytest.param(*link, id=f"{link[0].name}:{link[1]}") for link in LINKS])
def test_a_link_leads_somewhere(source: Path, target: str) -> None:
    file, _, part = target.partition("#")
    there = (source.parent / file).resolve() if file else source
    assert there.exists()
    if part:
        assert part in {anchor(heading) for heading in headings(there.read_text(encoding="utf-8"))}


def test_every_page_is_in_the_index() -> None:
    index = page("index.md")
    assert all(f"({path.name}" in index for path in DOCS.glob("*.md") if path.name != "index.md")


@pytest.mark.parametrize("element", find_plugins(installed=False).elements.values(), ids=lambda kind: kind.__name__)
def test_every_element_has_a_row(element: type[Any]) -> None:
    name = element.__name__.removesuffix("Input").removesuffix("Output")
    row = next(row for row in page("plugins.md").splitlines() if row.startswith(f"| `{name}` | `{element.kind}` |"))
    exposed = {field.name for field in dataclasses.fields(element)} - (
        {"destination"} if name == "Fiducials" else set()
    )
    assert all(f"`{field}`" in row or f"`{field}=" in row for field in exposed)
    if not issubclass(element, InputElement):
        assert ", ".join(f"`{format_.extension}`" for format_ in element.formats) in row


def tree(kind: type[TomaatError]) -> Iterator[type[TomaatError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


@pytest.mark.parametrize(
    "error", [*tree(RequestError), *TryLater.__subclasses__(), *tree(JobError)], ids=lambda error: error.code
)
def test_every_error_that_is_answered_has_a_row(error: type[TomaatError]) -> None:
    assert f"| `{error.code}` | {error.status} | " in page("http.md")


def test_the_limits_are_those_of_the_code() -> None:
    limits, text = Limits(), page("images.md")
    rows = {
        "voxels of one volume": f"{Settings.max_voxels:,} ",
        "bytes of its voxels in memory, and of what a zip unpacks to": f"{limits.bytes // 2**30} GiB ",
        "files in a zip": f"{limits.files:,} ",
        "one request": f"{Settings.max_upload // 2**30} GiB ",
    }
    assert all(f"| {what} | {limit}" in text for what, limit in rows.items())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_knows_this_machine(path: Path) -> None:
    assert not MACHINE.search(path.read_text(encoding="utf-8"))
