"""Brain extraction from T1 MRI: one app, ``brain``."""

from tomaat import hookimpl
from tomaat.hookspecs import RegisterApp
from tomaat_brain.app import Brain


@hookimpl
def tomaat_apps(register: RegisterApp) -> None:
    register(Brain)
