"""Everything that a host can be told: one frozen table.

A value comes from, the later the stronger: the default in the table, a TOML file, a ``TOMAAT_*`` variable, the command
line. An unknown key is an error. ``tomaat serve --help`` and the docs are written from these tables.
"""

from tomaat.settings.host import DEVICE, PREFIX, SECTIONS, TABLES, Settings
from tomaat.settings.table import NOWHERE
from tomaat.settings.tables import AnnounceSettings, AppSettings, DeviceSettings, NetworkSettings

__all__ = [
    "DEVICE",
    "NOWHERE",
    "PREFIX",
    "SECTIONS",
    "TABLES",
    "AnnounceSettings",
    "AppSettings",
    "DeviceSettings",
    "NetworkSettings",
    "Settings",
]
