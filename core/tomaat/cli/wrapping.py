"""Write a plugin around a script that was written for the first TOMAAT."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from types import MappingProxyType

from tomaat.cli.skeleton import filled, plugin_folder, write_texts
from tomaat.errors import PluginError, TomaatError
from tomaat.names import check_app_name
from tomaat.scripts.description import ServiceDescription
from tomaat.scripts.interface import literal
from tomaat.scripts.package import package_files, package_name
from tomaat.scripts.script import LoadedScript, Script

SCRIPT = "script"
"""The folder of the script in the package. It is no package itself: the script finds what is beside it, as ever."""
EXTRAS: Mapping[str, str] = MappingProxyType(
    {"torch": "torch", "onnxruntime": "onnx", "vtk": "mesh", "vtkmodules": "mesh"}
)
"""The extras of TOMAAT that bring what a script imports."""


def write_wrapped(
    script: Path, arguments: tuple[str, ...], name: str, folder: Path, include: Iterable[Path], service: str
) -> tuple[Path, list[str], str]:
    """Run the script up to where it would serve, and write the plugin.

    :param arguments: of the script.
    :param name: the app's; made from that of the service when empty.
    :param folder: where the plugin's own folder goes.
    :param include: files and folders that the script reads.
    :param service: the service that is wanted, where the script makes several.
    :returns: the plugin's folder; what was copied; the app's name.

    Raises :class:`PluginError` where the script fails or makes no service, :class:`tomaat.errors.InvalidInterface`,
    :class:`tomaat.errors.InvalidInput` for a name that no host would take, and :class:`tomaat.errors.Conflict`.
    """
    if name:
        check_app_name(name)
    script = script.absolute()
    before = set(sys.modules)
    loaded = _loaded(Script(script, arguments, service=service))
    described = ServiceDescription.of(loaded.service, name, script.stem)
    target, package = plugin_folder(described.name, folder), package_name(described)
    sources = {script.name: script} | _beside(script, set(sys.modules) - before) | _included(script, include)
    words = {
        "name": described.name,
        "title": described.title,
        "distribution": target.name,
        "package": package,
        "script_name": script.name,
        "requirements": "".join(f"    {line}\n" for line in _requirements(described, sources.values())),
    }
    again = [f'Path(__file__).parent / "{SCRIPT}" / {literal(script.name)}']
    again += [literal(arguments)] if arguments else []
    again += [f"service={literal(service)}"] if service else []
    modules = package_files(described, f"Script({', '.join(again)})")
    texts = {
        "setup.cfg": filled("wrapped/setup.cfg", words),
        "pyproject.toml": filled("plugin/pyproject.toml", words),
        "README.md": filled("wrapped/README.md", words),
        f"{package}/py.typed": "",
        f"tests/test_{described.name.replace('-', '_')}.py": filled("wrapped/test.py", words),
    } | {f"{package}/{file}": text for file, text in modules.items()}
    write_texts(target, texts)
    for relative, source in sources.items():
        _copy(source, target / package / SCRIPT / relative)
    return target, sorted(sources), described.name


def _loaded(script: Script) -> LoadedScript:
    try:
        return LoadedScript(script)
    except TomaatError:
        raise
    except Exception as error:
        raise PluginError(
            f"The script failed before it came to its service: {type(error).__name__}: {error}. It is run in its own "
            "folder; arguments follow a --."
        ) from error


def _beside(script: Path, modules: Iterable[str]) -> dict[str, Path]:
    """What the script has imported from its own folder: modules, and packages as a whole."""
    found = {}
    for name in modules:
        file = getattr(sys.modules[name], "__file__", None)
        path = Path(file).absolute() if file else script
        if path == script or not path.is_relative_to(script.parent) or "site-packages" in path.parts:
            continue
        first = path.relative_to(script.parent).parts[0]
        found[first] = script.parent / first
    return found


def _included(script: Path, include: Iterable[Path]) -> dict[str, Path]:
    """What shall come along: where it is beside the script, or beside it from elsewhere."""
    paths = [path.absolute() for path in include]
    return {
        (path.relative_to(script.parent).as_posix() if path.is_relative_to(script.parent) else path.name): path
        for path in paths
    }


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".*"), dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def _requirements(described: ServiceDescription, sources: Iterable[Path]) -> list[str]:
    """The distributions that the script needs, as far as its imports tell."""
    known = packages_distributions()
    imported = {name for source in sources for file in _python_files(source) for name in _imports(file)}
    imported |= set(described.preload)
    extras = sorted({EXTRAS[name] for name in imported if name in EXTRAS})
    others = {known[name][0].lower() for name in imported if name in known and name not in EXTRAS}
    own = f"tomaat[{','.join(extras)}]>=1.0.dev0" if extras else "tomaat>=1.0.dev0"
    return sorted({*(others - {"tomaat", "simpleitk", "numpy"}), own, "SimpleITK>=2.4"}, key=str.lower)


def _python_files(source: Path) -> Iterator[Path]:
    yield from source.rglob("*.py") if source.is_dir() else [source] if source.suffix == ".py" else []


def _imports(file: Path) -> Iterator[str]:
    """The first names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
