"""The tutorial plugin: one app, ``threshold``, that needs no weights."""

from tomaat import hookimpl
from tomaat.hookspecs import RegisterApp
from tomaat_threshold.app import Threshold


@hookimpl
def tomaat_apps(register: RegisterApp) -> None:
    register(Threshold)
