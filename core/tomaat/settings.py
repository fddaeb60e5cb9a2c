"""Everything that a host can be told: one frozen table.

A value comes from, the later the stronger: the default here, a TOML file, a ``TOMAAT_*`` variable, the command
line. An unknown key is an error. ``tomaat serve --help`` and the docs are written from this table.
"""

from __future__ import annotations

import dataclasses
import math
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Self, TypeVar, get_args, get_type_hints

import platformdirs

from tomaat.errors import SettingsError

T = TypeVar("T")

PREFIX = "TOMAAT_"
OTHERS = ("TOMAAT_DEBUG", "TOMAAT_ANNOUNCE_", "TOMAAT_TEST_")
"""Variables that belong to the command line, the announcement service and the tests."""
FILE_NAME = "tomaat.toml"
NOWHERE = Path()


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class AppSettings:
    """What one app may be told, in the table ``[apps.NAME]`` of the settings file."""

    max_workers: int = _setting(1, "how many processes may run this app at once")
    timeout: float | None = _setting(None, "seconds that one job may run; the app's own limit when not set")
    queue_limit: int = _setting(100, "jobs that may wait; past it a call is answered with 503")
    idle_timeout: float = _setting(300.0, "seconds after which an idle worker ends and its memory is free")
    device: str = _setting("", "where to compute: cpu, cuda:0; chosen by the host when empty")
    weights: str = _setting("", "the weights of calls that name none; the app's own default when empty")
    threads: int = _setting(0, "processor threads of each worker; one for each core that it may use when 0")
    warm_weights: int = _setting(2, "networks that each worker keeps loaded: those that were used last")
    max_memory: int = _setting(0, "bytes that each worker may have; a job that would need more is refused; 0: no limit")
    arithmetic: str = _setting("", "fp32: never compute faster; when empty, wherever that gives the same labels")
    delayed: bool = _setting(False, "answer old TOMAAT clients with a DelayedResponse, which they ask for again")

    def __post_init__(self) -> None:
        if self.max_workers < 1:
            raise SettingsError("max_workers must be 1 or more: an app with no worker could never answer.")
        if self.warm_weights < 1:
            raise SettingsError("warm_weights must be 1 or more: a job needs its network while it runs.")
        if self.arithmetic not in ("", "fp32"):
            raise SettingsError(f"arithmetic is {self.arithmetic!r}; it can only be fp32, or empty.")
        if self.timeout == 0:
            raise SettingsError("timeout must be more than 0 seconds: no job could ever finish.")


@dataclass(frozen=True)
class NetworkSettings:
    """A network that is served without a plugin, in the table ``[networks.NAME]``; the app is called NAME."""

    manifest: Path = _setting(NOWHERE, "the manifest's file, relative to the settings file; it must be there")
    file: Path = _setting(NOWHERE, "the network's file, likewise; the one that the manifest names when empty")

    def __post_init__(self) -> None:
        if self.manifest == NOWHERE:
            raise SettingsError('A table [networks.NAME] needs the manifest\'s file, such as manifest = "liver.toml".')

    def beside(self, folder: Path) -> Self:
        """The same with absolute paths; relative ones start at ``folder``."""
        file = self.file if self.file == NOWHERE else folder / self.file.expanduser()
        return dataclasses.replace(self, manifest=folder / self.manifest.expanduser(), file=file)


@dataclass(frozen=True)
class Settings:
    """What the host may be told."""

    home: Path = _setting(NOWHERE, "data folder: database, jobs, weights; the user's data folder when empty")
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(9001, "port to listen on; 0 picks a free one")
    database: str = _setting("", "SQLAlchemy URL; an SQLite file in the data folder when empty")
    default_app: str = _setting("", "the app at /interface and /predict; the only one when there is one")
    announced_at: str = _setting("", "what /announcePoint answers: the announcement service's URL")
    device: str = _setting("", "where apps compute: cpu, cuda:0; a GPU if there is one when empty")
    max_upload: int = _setting(4 * 2**30, "bytes that one request's body may have; past it 413")
    max_weights: int = _setting(4 * 2**30, "bytes that one upload of weights may have; past it 413")
    max_voxels: int = _setting(2**30, "voxels that one volume may have")
    weights_folder: Path = _setting(NOWHERE, "folder with weights as APP/ID.EXTENSION, beside those uploaded")
    retention: float = _setting(3600.0, "seconds that results are kept after a job has ended")
    response_timeout: float = _setting(3600.0, "seconds after which a waiting request is given up")
    apps: Mapping[str, AppSettings] = field(default_factory=dict, metadata={"help": "settings of single apps"})
    networks: Mapping[str, NetworkSettings] = field(
        default_factory=dict, metadata={"help": "networks that are served without a plugin"}
    )

    def __post_init__(self) -> None:
        if self.port > 65535:
            raise SettingsError(f"port is {self.port}; it must be from 0 to 65535.")

    def app(self, name: str) -> AppSettings:
        """The settings of one app; the defaults where none were given."""
        return self.apps.get(name, AppSettings())

    @property
    def database_url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.home / 'tomaat.db'}"

    @classmethod
    def load(
        cls,
        *,
        config: Path | None = None,
        environment: Mapping[str, str] = os.environ,
        options: Mapping[str, Any] | None = None,
    ) -> Self:
        """Put the table together.

        :param config: a TOML file; ``tomaat.toml`` in the data folder, if there is one, when ``None``.
        :param environment: where the ``TOMAAT_*`` variables are.
        :param options: from the command line; ``None`` stands for what was not said.

        Raises :class:`SettingsError`, which names the key and where it stands.
        """
        variables = _from_environment(environment)
        said = {key: value for key, value in (options or {}).items() if value is not None}
        home = Path(said.get("home") or variables.get("home") or "")
        file = config or _default_home(home) / FILE_NAME
        table = _read(file, required=config is not None)
        merged = table | variables | said
        merged["home"] = _default_home(Path(merged.get("home") or "")).expanduser().absolute()
        for name, kind in TABLES.items():
            merged[name] = {key: _build(kind, value, f"[{name}.{key}]") for key, value in _tables(merged, name).items()}
        folder = file.expanduser().absolute().parent
        merged["networks"] = {name: network.beside(folder) for name, network in merged["networks"].items()}
        return _build(cls, merged, str(config or FILE_NAME))


TABLES: Mapping[str, type[AppSettings | NetworkSettings]] = {"apps": AppSettings, "networks": NetworkSettings}
"""The settings that are tables of tables; only the file can give them."""


def _default_home(home: Path) -> Path:
    return home if home != Path() else Path(platformdirs.user_data_dir("tomaat", appauthor=False))


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"There is no settings file {path}.") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} can't be read: {error}.") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper(): name for name in _names(Settings) if name not in TABLES}
    for key in environment:
        if key.startswith(PREFIX) and key not in known and not key.startswith(OTHERS):
            raise SettingsError(f"There is no setting for the variable {key}; there is: {', '.join(known)}.")
    return {known[key]: value for key, value in environment.items() if key in known and value != ""}


def _names(table: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(table)]


def _tables(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = settings.get(name, {})
    if not isinstance(value, Mapping) or not all(isinstance(table, Mapping) for table in value.values()):
        raise SettingsError(f"[{name}.NAME] must be a table for each app, such as [{name}.brain].")
    return value


def _build(table: type[T], values: Mapping[str, Any], where: str) -> T:
    types = get_type_hints(table)
    if unknown := sorted(set(values) - set(types)):
        raise SettingsError(f"{where} has an unknown key {unknown[0]!r}; there is: {', '.join(types)}.")
    return table(**{key: _convert(value, types[key], f"{where}: {key}") for key, value in values.items()})


def _convert(value: Any, expected: Any, where: str) -> Any:
    """``value`` as the type that the table says; text from a variable is read as that type."""
    kind = get_args(expected)[0] if isinstance(expected, UnionType) else expected
    if kind not in _READ:
        return value
    try:
        return _READ[kind](value)
    except (KeyError, TypeError, ValueError):
        raise SettingsError(f"{where} is {value!r}, which is no {_NOUNS[kind]}.") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else _BOOLEANS[_text(value).lower()]


def _number(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not math.isfinite(number) or number < 0:
        raise ValueError
    return number


def _whole(value: Any) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError
    _number(value)
    return int(value)


_READ: dict[type, Callable[[Any], Any]] = {str: _text, int: _whole, float: _number, bool: _boolean, Path: Path}
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
_NOUNS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}
