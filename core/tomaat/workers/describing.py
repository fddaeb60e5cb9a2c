"""Say what plugins there are in an environment: ``python -m tomaat.workers.describing [PLUGIN ...]``.

The host runs it with the environment's interpreter. Its answer is one JSON object on stdout; what plugins print goes to
stderr.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import orjson

from tomaat.installed import OWN
from tomaat.plugins import Plugins, find_plugins

IN_THE_HOST = ("tomaat_authenticate", "tomaat_executor", "tomaat_job_finished", "tomaat_routes")
"""Hooks that only the host's own process calls."""


def describe(only: Collection[str] = ()) -> dict[str, Any]:
    """The plugins of this interpreter's environment, without TOMAAT's own.

    :param only: the names of the plugins to describe; all of them when empty.
    """
    plugins = find_plugins(only=only)
    return {
        "plugins": [
            {**asdict(plugin), "unheard": _unheard(plugins, plugin.name)}
            for plugin in plugins.loaded
            if plugin.distribution != OWN
        ],
        "broken": [asdict(broken.plugin) | {"reason": broken.reason} for broken in plugins.broken],
        "apps": [registered.description.as_data() for registered in plugins.apps.values()],
    }


def _unheard(plugins: Plugins, name: str) -> list[str]:
    """The plugin's hooks that nobody will call, since it is not in the host's process."""
    callers = plugins.manager.get_hookcallers(plugins.manager.get_plugin(name)) or []
    return sorted(caller.name for caller in callers if caller.name in IN_THE_HOST)


def main(only: Collection[str]) -> None:
    """Write the answer to stdout."""
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)
        logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(message)s")
        logging.getLogger("tomaat.plugins").addHandler(logging.NullHandler())  # the host tells why one is broken
        answer.write(orjson.dumps(describe(only), default=str))


if __name__ == "__main__":
    main(sys.argv[1:])
