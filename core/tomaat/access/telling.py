"""What a host's log says at the start of who may use it."""

from __future__ import annotations

import logging
import shlex

from tomaat.access.guard import Guard
from tomaat.settings import NOWHERE, Settings
from tomaat.settings.table import default_home

log = logging.getLogger("tomaat")


async def tell(guard: Guard, settings: Settings, url: str) -> None:
    """Say what whoever starts the host has to know: that nobody can use it yet, or that everybody can."""
    if not guard.asks:
        if not guard.local:
            log.warning("anyone who reaches %s can use these apps and see all jobs: insecure is set", url)
        return
    if not guard.local and not settings.https:
        log.warning("keys and images come unencrypted; start with --tls, unless a proxy before this host speaks HTTPS")
    if await guard.keyring.exist():
        log.info("a key is asked for; `tomaat keys list` shows which there are")
    else:
        command = first_key_command(settings)
        log.warning("nobody can use this host yet: it asks for a key and there is none. Make one: %s", command)


def first_key_command(settings: Settings) -> str:
    """The command that makes a key which may do everything, in this host's database."""
    words = ["tomaat", "keys", "create", "--owner", "YOUR-NAME", "--admin"]
    if settings.home != default_home(NOWHERE).expanduser().absolute():
        words += ["--home", str(settings.home)]
    if settings.database:  # the URL may have a password in it
        words += ["--database", "URL"]
    return shlex.join(words)
