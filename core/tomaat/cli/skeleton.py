"""Write a plugin to start from: it installs, serves and passes its own tests as it is."""

from __future__ import annotations

import keyword
from importlib.resources import files
from pathlib import Path
from string import Template

import tomaat
from tomaat.cli.names import check_app_name
from tomaat.errors import Conflict


def write_plugin(name: str, folder: Path) -> Path:
    """Write a new plugin's files.

    :param name: the app's: a lower-case slug, such as ``spleen-ct``.
    :param folder: where to put the plugin's own folder, ``tomaat-spleen-ct``; it is made where it is missing.
    :returns: the plugin's own folder.

    Raises :class:`InvalidInput` for a name that no host would take, and :class:`Conflict` where the plugin's folder
    is there already and not empty.
    """
    check_app_name(name)
    target = folder / f"tomaat-{name}"
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Conflict(f"{target.name} is there already, and not empty; take another name or folder.")
    slug = name.replace("-", "_")
    package = f"tomaat_{slug}"
    words = {
        "name": name,
        "distribution": f"tomaat-{name}",
        "package": package,
        "class_name": _class_name(name),
    }
    texts = {
        "setup.cfg": _filled("setup.cfg", words),
        "pyproject.toml": _filled("pyproject.toml", words),
        "README.md": _filled("README.md", words),
        f"{package}/__init__.py": _filled("init.py", words),
        f"{package}/app.py": _filled("app.py", words),
        f"{package}/py.typed": "",
        f"tests/test_{slug}.py": _filled("test.py", words),
    }
    for file, text in texts.items():
        path = target / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return target


def _class_name(name: str) -> str:
    """``SpleenCt`` for ``spleen-ct``; with ``App`` before it where that can't be a class, as for ``3d``, or would hide
    what its module imports, as for ``volume``."""
    words = "".join(word.capitalize() for word in name.split("-"))
    free = words.isidentifier() and not keyword.iskeyword(words) and words not in tomaat.__all__
    return words if free else f"App{words}"


def _filled(template: str, words: dict[str, str]) -> str:
    source = files("tomaat.cli") / "templates" / "plugin" / f"{template}.tmpl"
    return Template(source.read_text(encoding="utf-8")).substitute(words)
