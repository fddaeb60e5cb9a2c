"""The host's own table."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tomaat.errors import SettingsError
from tomaat.settings.table import NOWHERE, build, check_url, default_home, names, read_file, read_variables, setting
from tomaat.settings.tables import AnnounceSettings, AppSettings, DeviceSettings, NetworkSettings

PREFIX = "TOMAAT_"
OTHERS = ("TOMAAT_DEBUG", "TOMAAT_KEY", "TOMAAT_ANNOUNCE_", "TOMAAT_BUILD_", "TOMAAT_TEST_")
"""Variables that belong to the command line, the announcement service, the build and the tests."""
FILE_NAME = "tomaat.toml"
DEVICE = re.compile(r"cpu|cuda:(0|[1-9][0-9]{0,2})", re.ASCII)
"""What a device is called."""


@dataclass(frozen=True)
class Settings:
    """What the host may be told."""

    home: Path = setting(NOWHERE, "data folder: database, jobs, weights; the user's data folder when empty")
    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(9001, "port to listen on; 0 picks a free one")
    database: str = setting("", "SQLAlchemy URL; an SQLite file in the data folder when empty")
    default_app: str = setting("", "the app at /interface and /predict; the only one when there is one")
    plugins: str = setting("", "names of the installed plugins to serve, by commas; all of them when empty")
    public_url: str = setting(
        "", "where others reach this host, such as https://gpu1.example:9001; its own address when empty"
    )
    insecure: bool = setting(False, "ask nobody for a key, also where others than this machine can reach the host")
    require_keys: bool = setting(False, "ask for a key also where only this machine can reach the host")
    path_keys: bool = setting(False, "take a key in a URL, as /k/KEY/..., from clients that can send no header")
    cors_origins: str = setting("", "web pages whose scripts may call this host, by commas, or *; none when empty")
    allowed_hosts: str = setting("", "names that clients may call this host by, by commas; any when empty")
    tls: bool = setting(
        False, "serve HTTPS, with a self-signed certificate that is made once and kept in the data folder"
    )
    tls_cert: Path = setting(NOWHERE, "your own certificate chain, a PEM file, to serve HTTPS with")
    tls_key: Path = setting(NOWHERE, "the private key of tls_cert, a PEM file")
    with_announce: bool = setting(False, "run an announcement service inside this host, and announce its apps there")
    device: str = setting("", "where apps compute: cpu, cuda:0; a GPU if there is one when empty")
    max_upload: int = setting(4 * 2**30, "bytes that one request's body may have; past it 413")
    max_uploads: int = setting(16, "uploads that are taken at once; past it a call is answered with 503")
    upload_timeout: float = setting(30.0, "seconds without a byte after which an upload is given up with 408")
    jobs_quota: int = setting(0, "bytes that all jobs may have on disk; past it 507; what the disk has when 0")
    min_free: int = setting(2**30, "bytes that stay free on the disk; an upload that would take them is answered 507")
    max_weights: int = setting(4 * 2**30, "bytes that one upload of weights may have; past it 413")
    max_voxels: int = setting(2**30, "voxels that one volume may have")
    weights_folder: Path = setting(NOWHERE, "folder with weights as APP/ID.EXTENSION, beside those uploaded")
    retention: float = setting(3600.0, "seconds that results are kept after a job has ended")
    keep_inputs: bool = setting(
        True, "keep a job's uploads as long as its results, if its client asks for it; never when false"
    )
    grace: float = setting(20.0, "seconds that running jobs have at a stop, before they go back into the queue")
    log_format: str = setting("text", "how the log is written: text for people, json for machines")
    log_apps: bool = setting(False, "write what apps log and print into the host's log, too; it may tell of a patient")
    response_timeout: float = setting(3600.0, "seconds after which a waiting request is given up")
    apps: Mapping[str, AppSettings] = field(default_factory=dict, metadata={"help": "settings of single apps"})
    devices: Mapping[str, DeviceSettings] = field(
        default_factory=dict, metadata={"help": "the memory of single devices"}
    )
    networks: Mapping[str, NetworkSettings] = field(
        default_factory=dict, metadata={"help": "networks that are served without a plugin"}
    )
    announce: AnnounceSettings = field(
        default_factory=AnnounceSettings, metadata={"help": "the announcement service that knows of this host"}
    )

    def __post_init__(self) -> None:
        if self.port > 65535:
            raise SettingsError(f"port is {self.port}; it must be from 0 to 65535.")
        if self.upload_timeout == 0:
            raise SettingsError("upload_timeout must be more than 0 seconds: no upload could ever come.")
        if self.max_uploads == 0:
            raise SettingsError("max_uploads must be 1 or more: no upload could ever come.")
        if self.public_url:
            check_url(self.public_url, "public_url")
        if self.insecure and self.require_keys:
            raise SettingsError("insecure and require_keys contradict each other; set one of them.")
        if self.log_format not in ("text", "json"):
            raise SettingsError(f"log_format is {self.log_format!r}; it can be text or json.")
        if unknown := [name for name in self.devices if not DEVICE.fullmatch(name)]:
            raise SettingsError(f"[devices.{unknown[0]}] names no device; one is called cpu, cuda:0, cuda:1, ...")

    def app(self, name: str) -> AppSettings:
        """The settings of one app; the defaults where none were given."""
        return self.apps.get(name) or AppSettings()  # to make the defaults each time would show in each call

    @property
    def https(self) -> bool:
        """Whether the host serves HTTPS: with its own certificate, or with one that it is given."""
        return self.tls or self.tls_cert != NOWHERE

    @property
    def plugin_names(self) -> tuple[str, ...]:
        """The installed plugins to serve; all of them when empty."""
        return tuple(filter(None, map(str.strip, self.plugins.split(","))))

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
        variables = _variables(environment)
        said = {_place(key): value for key, value in (options or {}).items() if value is not None}
        home = Path(said.get(("home",)) or variables.get(("home",)) or "")
        file = config or default_home(home) / FILE_NAME
        merged = _over(read_file(file, required=config is not None), variables | said)
        merged["home"] = default_home(Path(merged.get("home") or "")).expanduser().absolute()
        for name, kind in TABLES.items():
            merged[name] = {key: build(kind, value, f"[{name}.{key}]") for key, value in _tables(merged, name).items()}
        for name, section in SECTIONS.items():
            merged[name] = build(section, _section(merged, name), f"[{name}]")
        folder = file.expanduser().absolute().parent
        merged["networks"] = {name: network.beside(folder) for name, network in merged["networks"].items()}
        return build(cls, merged, str(config or FILE_NAME))


TABLES: Mapping[str, type[AppSettings | DeviceSettings | NetworkSettings]] = {
    "apps": AppSettings,
    "devices": DeviceSettings,
    "networks": NetworkSettings,
}
"""The settings that are tables of tables; only the file can give them."""
SECTIONS: Mapping[str, type[AnnounceSettings]] = {"announce": AnnounceSettings}
"""The settings that are tables. Their keys are variables and options, too, such as
``TOMAAT_ANNOUNCE_KEY`` and ``--announce-key``."""

Place = tuple[str, ...]
"""A key of the table, or a section's name and a key of it."""


def _places() -> dict[str, Place]:
    """Where each flat name belongs: ``announce_key`` is ``key`` of the section ``announce``."""
    flat: dict[str, Place] = {name: (name,) for name in names(Settings) if name not in {*TABLES, *SECTIONS}}
    return flat | {f"{name}_{key}": (name, key) for name, table in SECTIONS.items() for key in names(table)}


def _place(name: str) -> Place:
    return _places().get(name, (name,))


def _variables(environment: Mapping[str, str]) -> dict[Place, str]:
    known = {PREFIX + name.upper(): place for name, place in _places().items()}
    return read_variables(environment, known, PREFIX, lambda key: key.startswith(OTHERS))


def _over(table: Mapping[str, Any], values: Mapping[Place, Any]) -> dict[str, Any]:
    """The table of a file, and over it what variables and options say."""
    merged = dict(table)
    for place, value in values.items():
        if len(place) == 1:
            merged[place[0]] = value
        else:
            merged[place[0]] = dict(_section(merged, place[0])) | {place[1]: value}
    return merged


def _section(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = settings.get(name, {})
    if not isinstance(value, Mapping):
        raise SettingsError(f"[{name}] must be a table.")
    return value


def _tables(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = settings.get(name, {})
    if not isinstance(value, Mapping) or not all(isinstance(table, Mapping) for table in value.values()):
        such_as = {"devices": "[devices.cpu]"}.get(name, f"[{name}.brain]")
        raise SettingsError(f"[{name}.NAME] must be tables, such as {such_as}.")
    return value
