"""Scripts that were written for the first TOMAAT, as apps: a worker runs the script again, and calls what it made."""

from tomaat.scripts.app import ScriptApp
from tomaat.scripts.script import Script

__all__ = ["Script", "ScriptApp"]
