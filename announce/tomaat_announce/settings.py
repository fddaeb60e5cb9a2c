"""Everything that an announcement service can be told: one frozen table, put together like a host's.

A value comes from, the later the stronger: the default here, a TOML file, a ``TOMAAT_ANNOUNCE_*`` variable, the command
line. The data folder is the host's own: ``TOMAAT_HOME``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tomaat.errors import SettingsError
from tomaat.logs.formats import FORMATS
from tomaat.settings import SECTIONS
from tomaat.settings.table import NOWHERE, build, default_home, make_home, names, read_file, read_variables, setting

PREFIX = "TOMAAT_ANNOUNCE_"
HOSTS = frozenset(PREFIX + name.upper() for name in names(SECTIONS["announce"]))
"""Variables with our prefix that tell a host where to announce."""
FILE_NAME = "announce.toml"
DAY = 24 * 3600.0
CENTURY = 36_525 * DAY


@dataclass(frozen=True)
class ServiceSettings:
    """What the announcement service may be told."""

    home: Path = setting(NOWHERE, "data folder; the user's data folder when empty")
    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8001, "port to listen on; 0 picks a free one")
    database: str = setting("", "SQLAlchemy URL; the file announce.db in the data folder when empty")
    lifetime: float = setting(3600.0, "seconds that an endpoint is listed after it was last announced")
    forget_after: float = setting(90 * DAY, "seconds that an endpoint which is gone keeps its SID")
    max_body: int = setting(64 * 1024, "bytes that one announcement may have; past it 413")
    key_rate: int = setting(600, "announcements a minute that one key may make; 0: any number")
    address_rate: int = setting(1200, "announcements a minute that may come from one address; 0: any number")
    proxies: int = setting(0, "reverse proxies before the service whose X-Forwarded-For is believed")
    public_only: bool = setting(False, "take only endpoints whose URLs have public addresses")
    check_interval: float = setting(300.0, "seconds between two checks of an endpoint; 0: never check")
    check_private: bool = setting(True, "also check endpoints at private addresses")
    checks_at_once: int = setting(32, "endpoints that are checked at the same time")
    check_timeout: float = setting(5.0, "seconds that an endpoint has to answer a check")
    log_format: str = setting("text", "how the log is written: text for people, json for machines")
    tls: bool = setting(False, "serve HTTPS, with a self-signed certificate that is made once and kept")
    tls_cert: Path = setting(NOWHERE, "your own certificate chain, a PEM file, to serve HTTPS with")
    tls_key: Path = setting(NOWHERE, "the private key of tls_cert, a PEM file")

    def __post_init__(self) -> None:
        if self.port > 65535:
            raise SettingsError(f"port is {self.port}; it must be from 0 to 65535.")
        if self.log_format not in FORMATS:
            raise SettingsError(f"log_format is {self.log_format!r}; it can be text or json.")
        if self.lifetime < 1:
            raise SettingsError("lifetime must be 1 second or more: nothing would ever be listed.")
        if self.lifetime > CENTURY:
            raise SettingsError("lifetime must be a hundred years at most, in seconds.")
        if not self.max_body:
            raise SettingsError("max_body must be 1 byte or more: nobody could announce.")
        if not self.check_timeout:
            raise SettingsError("check_timeout must be more than 0; to check nothing, set check_interval to 0.")
        if self.checks_at_once < 1:
            raise SettingsError("checks_at_once must be 1 or more; to check nothing, set check_interval to 0.")

    @property
    def database_url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.home / 'announce.db'}"

    def make_home(self) -> None:
        """Make the data folder, for its owner alone. Raises :class:`~tomaat.errors.SettingsError`."""
        make_home(self.home)

    @classmethod
    def load(
        cls,
        *,
        config: Path | None = None,
        environment: Mapping[str, str] = os.environ,
        options: Mapping[str, Any] | None = None,
    ) -> Self:
        """Put the table together.

        :param config: a TOML file; ``announce.toml`` in the data folder, if there is one, when ``None``.
        :param environment: where the variables are.
        :param options: from the command line; ``None`` stands for what was not said.

        Raises :class:`~tomaat.errors.SettingsError`, which names the key and where it stands.
        """
        variables = _variables(environment)
        said = {key: value for key, value in (options or {}).items() if value is not None}
        home = Path(said.get("home") or variables.get("home") or "")
        file = config or default_home(home) / FILE_NAME
        merged = read_file(file, required=config is not None) | variables | said
        merged["home"] = default_home(Path(merged.get("home") or "")).expanduser().absolute()
        return build(cls, merged, str(config or FILE_NAME))


def _variables(environment: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper(): name for name in names(ServiceSettings) if name != "home"}
    found: dict[str, Any] = read_variables(environment, known, PREFIX, HOSTS.__contains__)
    return found | ({"home": environment["TOMAAT_HOME"]} if environment.get("TOMAAT_HOME") else {})
