"""One entry of the audit log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What was done."""

    JOB_ACCEPTED = "job.accepted"
    JOB_ENDED = "job.ended"
    JOB_REMOVED = "job.removed"
    INPUT_READ = "input.read"
    RESULT_READ = "result.read"
    LOG_READ = "log.read"
    WEIGHTS_PUT = "weights.put"
    WEIGHTS_READ = "weights.read"
    WEIGHTS_REMOVED = "weights.removed"
    KEY_MADE = "key.made"
    KEY_CHANGED = "key.changed"
    KEY_REVOKED = "key.revoked"
    PLUGINS_RELOADED = "plugins.reloaded"
    APP_WARMED = "app.warmed"
    APP_STOPPED = "app.stopped"
    HOST_STARTED = "host.started"
    HOST_STOPPED = "host.stopped"
    AUDIT_PRUNED = "audit.pruned"


@dataclass(frozen=True)
class Entry:
    """Something that was done. Nothing of an image, a file's name or a form's text is in it.

    :ivar caller: the id of who did it: a key's number; empty for anyone, and ``host`` for the host itself.
    :ivar request: the id of the request.
    :ivar plugin: the app's plugin and its version.
    :ivar weights: the SHA-256 of the weights, in hexadecimal.
    :ivar inputs: the SHA-256 of each file that was sent, by the input's name in the app's interface.
    :ivar outcome: ``succeeded``, or the code of an error.
    :ivar details: what only this action has.
    """

    action: Action
    caller: str = ""
    request: str = ""
    app: str = ""
    plugin: str = ""
    job: str = ""
    weights: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    outcome: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    time: float = field(default_factory=time.time)
