"""Check an app with the interpreter of its environment."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tomaat.environments.environment import Environment
from tomaat.errors import BrokenEnvironment, TomaatError


def run_checks_in(environment: Environment, app: str, weights: Path | None = None) -> Iterator[Mapping[str, Any]]:
    """The fields of each :class:`tomaat.testing.Outcome`, as :func:`tomaat.testing.run_checks` gives them there.

    Raises what that raises, and :class:`BrokenEnvironment` for an interpreter that ends in between.
    """
    command = [
        str(environment.python),
        "-I",
        "-m",
        "tomaat.testing",
        app,
        *([str(weights.absolute())] if weights else []),
    ]
    try:
        checking = subprocess.Popen(
            command, env=environment.variables(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
    except OSError:
        raise BrokenEnvironment(f"The environment {environment.name!r} has no interpreter that can be run.") from None
    with checking:
        for line in checking.stdout or ():
            told = json.loads(line)
            if "error" in told:
                raise TomaatError.from_json(told["error"])
            yield told["outcome"]
    if checking.returncode:
        raise BrokenEnvironment(
            f"The environment's interpreter ended with {checking.returncode} before all was checked; see above."
        )
