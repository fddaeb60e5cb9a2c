"""Ask environments for their plugins: all at once, each in a process of its own, and only where something changed."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from tomaat.environments.environment import Environment
from tomaat.environments.making import renew
from tomaat.environments.worker_package import worker_version
from tomaat.errors import BrokenEnvironment

log = logging.getLogger(__name__)

LIMIT = 30.0
"""Seconds that an environment has to answer: its plugins are imported, which must not take long anywhere."""
CACHE = "described.json"
"""The file in an environment's folder that has its last answer."""

Answer = Mapping[str, Any]
"""What :func:`tomaat.workers.describing.describe` returns there."""


def ask_all(
    environments: Iterable[Environment], only: Collection[str] = ()
) -> dict[Environment, Answer | BrokenEnvironment]:
    """Each environment's answer, or why there is none. The slowest one decides how long it takes.

    :param only: the names of the plugins to describe; all of them when empty.
    """
    asked = list(environments)
    if not asked:
        return {}
    worker = worker_version()
    with ThreadPoolExecutor(len(asked)) as threads:
        answers = threads.map(lambda environment: _answer(environment, only, worker), asked)
        return dict(zip(asked, answers, strict=True))


def ask(environment: Environment, only: Collection[str] = (), limit: float = LIMIT) -> Answer:
    """The environment's answer, from its interpreter. Raises :class:`BrokenEnvironment`."""
    command = [str(environment.python), "-I", "-m", "tomaat.workers.describing", *only]
    try:
        asked = subprocess.Popen(
            command,
            env=environment.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError:
        raise BrokenEnvironment("Its interpreter can't be run; make it anew.") from None
    with asked:
        try:
            said, complaint = asked.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise BrokenEnvironment(f"Its plugins could not be imported within {limit:g} s.") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(asked.pid, signal.SIGKILL)  # with what a plugin has started
    if asked.returncode:
        trace = complaint.decode(errors="replace")
        log.warning("the environment %s does not answer:\n%s", environment.name, trace)
        raise BrokenEnvironment(f"Its interpreter ended with {asked.returncode}: {_last_line(trace)}")
    return _parsed(said)


def _answer(environment: Environment, only: Collection[str], worker: str) -> Answer | BrokenEnvironment:
    try:
        if not environment.python.exists():
            raise BrokenEnvironment("Its interpreter is missing; make it anew.")
        if environment.worker != worker:
            log.info("the environment %s gets this version's worker package", environment.name)
            renew(environment)
        state = _state(environment, only, worker)
        if (known := _remembered(environment, state)) is not None:
            return known
        answer = ask(environment, only)
    except BrokenEnvironment as error:
        return error
    if state and not answer["broken"]:  # what is broken may be mended from outside
        _remember(environment, state, answer)
    return answer


def _state(environment: Environment, only: Collection[str], worker: str) -> str:
    """What the answer depends on, as one text; empty where it has to be asked for each time."""
    installed = environment.installed()
    return f"{worker} {installed} {' '.join(sorted(only))}" if installed else ""


def _remembered(environment: Environment, state: str) -> Answer | None:
    try:
        known: dict[str, Any] = json.loads((environment.folder / CACHE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    answer: Answer = known["answer"]
    return answer if state and known["state"] == state else None


def _remember(environment: Environment, state: str, answer: Answer) -> None:
    draft = environment.folder / f"{CACHE}-{os.urandom(4).hex()}"
    with suppress(OSError):  # a data folder that can't be written to is slower, and works
        draft.write_text(json.dumps({"state": state, "answer": answer}), encoding="utf-8")
        draft.replace(environment.folder / CACHE)


def _parsed(said: bytes) -> Answer:
    try:
        answer: Answer = json.loads(said)
    except ValueError:
        raise BrokenEnvironment("Its interpreter answered what is no description of plugins.") from None
    return answer


def _last_line(trace: str) -> str:
    """The error of a traceback; where a file is named, it is one of this machine's, and only the log's business."""
    lines = [line for line in trace.splitlines() if line.strip()]
    return lines[-1].split(" (/")[0] if lines else "it said nothing."
