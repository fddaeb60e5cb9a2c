"""How a frozen table of settings is put together: its defaults, a TOML file, variables, options; and what a wrong
value is answered with. The host and the announcement service each have such a table."""

from __future__ import annotations

import dataclasses
import math
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints
from urllib.parse import urlsplit

import platformdirs

from tomaat.errors import SettingsError

T = TypeVar("T")

NOWHERE = Path()


def setting(default: Any, help: str) -> Any:
    """A field of a table, with the sentence that ``--help`` and the docs have for it."""
    return field(default=default, metadata={"help": help})


def check_url(url: str, where: str) -> None:
    """Raise :class:`SettingsError` for what is no plain http or https URL; ``where`` is the setting's name."""
    try:
        parts = urlsplit(url)
        odd = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or "@" in parts.netloc
    except ValueError:
        odd = True
    if odd or "?" in url or "#" in url or any(letter.isspace() or not letter.isprintable() for letter in url):
        raise SettingsError(f"{where} is {url!r}; write it like https://gpu1.example:9001.")


def default_home(home: Path) -> Path:
    """``home``, or the user's data folder where that is empty."""
    return home if home != NOWHERE else Path(platformdirs.user_data_dir("tomaat", appauthor=False))


def make_home(home: Path) -> None:
    """Make the data folder, for its owner alone. Raises :class:`SettingsError`."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(home, os.W_OK):
            raise PermissionError
    except OSError as error:
        reason = error.strerror or "no permission"
        raise SettingsError(f"The data folder {home} can't be written: {reason}.") from error


def names(table: type[Any]) -> list[str]:
    """The keys of a table."""
    return [field.name for field in dataclasses.fields(table)]


def read_file(path: Path, *, required: bool) -> dict[str, Any]:
    """What a TOML file says; nothing where it is missing and not ``required``. Raises :class:`SettingsError`."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"There is no settings file {path}.") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} can't be read: {error}.") from error


def read_variables(
    environment: Mapping[str, str], known: Mapping[str, T], prefix: str, others: Callable[[str], bool]
) -> dict[T, str]:
    """The variables that are set, by what they stand for.

    :param known: what each variable stands for.
    :param others: whether a variable with this prefix belongs to another program; any other one is an error.
    """
    for key in environment:
        if key.startswith(prefix) and key not in known and not others(key):
            raise SettingsError(f"There is no setting for the variable {key}; there is: {', '.join(known)}.")
    return {known[key]: value for key, value in environment.items() if key in known and value != ""}


def build(table: type[T], values: Mapping[str, Any], where: str) -> T:
    """A table with these values, each read as the type that the table says.

    Raises :class:`SettingsError`, which names the key and ``where`` it stands.
    """
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
