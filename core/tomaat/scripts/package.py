"""The Python package of a plugin whose app is a script."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from tomaat.names import class_name_of
from tomaat.scripts.description import ServiceDescription
from tomaat.scripts.interface import as_source, literal


def package_name(service: ServiceDescription) -> str:
    """What the package is called."""
    return f"tomaat_{service.name.replace('-', '_')}"


def package_files(service: ServiceDescription, script: str) -> dict[str, str]:
    """The package's modules, by their file's name.

    :param script: the Python expression that makes its :class:`tomaat.scripts.Script`; ``Path`` is known there.
    """
    elements = sorted({type(element).__name__ for element in (*service.inputs, *service.outputs)}, key=str.lower)
    words = {
        "name": service.name,
        "class_name": class_name_of(service.name),
        "elements": ", ".join(elements),
        "inputs": "".join(f"        {as_source(element)},\n" for element in service.inputs),
        "outputs": "".join(f"        {as_source(element)},\n" for element in service.outputs),
        "script": script,
    }
    for key in ("title", "description", "modality", "anatomy", "task", "preload"):
        words[f"{key}_literal"] = literal(getattr(service, key))
    return {
        "__init__.py": _filled("init.py", words),
        "app.py": _filled("app.py", words),
    }


def _filled(template: str, words: dict[str, str]) -> str:
    source = files("tomaat.scripts") / "templates" / f"{template}.tmpl"
    return Template(source.read_text(encoding="utf-8")).substitute(words)
