"""What the fork server imports, once for all workers.

A plugin's module that can't be imported would take down all apps. Here it fails alone, and its own worker will say why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module

BASE = ("tomaat.workers.process", "tomaat.elements", "SimpleITK", "tomaat.image")
"""What every worker needs; apps add theirs."""


def preload(modules: Iterable[str]) -> None:
    """Import these modules; those that fail are passed over, with a word in the log."""
    for name in modules:
        try:
            import_module(name)
        except (Exception, SystemExit) as error:
            logging.getLogger("tomaat").warning("the module %s can't be preloaded: %s", name, type(error).__name__)
