"""Write a plugin to start from: it installs, serves and passes its own tests as it is."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

from tomaat.errors import Conflict
from tomaat.names import check_app_name, class_name_of


def write_plugin(name: str, folder: Path) -> Path:
    """Write a new plugin's files.

    :param name: the app's: a lower-case slug, such as ``spleen-ct``.
    :param folder: where to put the plugin's own folder, ``tomaat-spleen-ct``; it is made where it is missing.
    :returns: the plugin's own folder.

    Raises :class:`InvalidInput` for a name that no host would take, and :class:`Conflict` where the plugin's folder
    is there already and not empty.
    """
    check_app_name(name)
    target = plugin_folder(name, folder)
    slug = name.replace("-", "_")
    package = f"tomaat_{slug}"
    words = {
        "name": name,
        "distribution": target.name,
        "package": package,
        "class_name": class_name_of(name),
    }
    texts = {
        "setup.cfg": filled("plugin/setup.cfg", words),
        "pyproject.toml": filled("plugin/pyproject.toml", words),
        "README.md": filled("plugin/README.md", words),
        f"{package}/__init__.py": filled("plugin/init.py", words),
        f"{package}/app.py": filled("plugin/app.py", words),
        f"{package}/py.typed": "",
        f"tests/test_{slug}.py": filled("plugin/test.py", words),
    }
    write_texts(target, texts)
    return target


def plugin_folder(name: str, folder: Path) -> Path:
    """Where the plugin of an app goes. Raises :class:`Conflict` where something is there already."""
    target = folder / f"tomaat-{name}"
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{target.name} is there already, and not empty; take another name or folder.")
    return target


def write_texts(target: Path, texts: Mapping[str, str]) -> None:
    """Write texts by their file's name in ``target``."""
    for file, text in texts.items():
        path = target / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def filled(template: str, words: Mapping[str, str]) -> str:
    """A template, such as ``plugin/setup.cfg``, with the words in it."""
    source = files("tomaat.cli") / "templates" / f"{template}.tmpl"
    return Template(source.read_text(encoding="utf-8")).substitute(words)
