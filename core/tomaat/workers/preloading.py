"""Imported by the fork server, imports what the installed apps need, once for all workers.

The fork server itself passes over an ``ImportError`` alone; a plugin's module that fails in another way would take down
all apps. Here it fails alone, and its own worker will say why.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module

VARIABLE = "FORKSERVER_IMPORTS_OF_TOMAAT"
"""Names of modules, by blanks: how the host tells the fork server, which takes nothing else along."""

for name in os.environ.pop(VARIABLE, "").split():
    try:
        import_module(name)
    except (Exception, SystemExit) as error:
        logging.getLogger("tomaat").warning("the module %s can't be preloaded: %s", name, type(error).__name__)
