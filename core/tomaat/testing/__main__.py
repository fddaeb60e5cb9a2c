"""``python -m tomaat.testing APP [WEIGHTS]``: the checks, for a process that reads one JSON object a line.

``tomaat check --env`` runs it with an environment's interpreter. What the app prints goes to stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tomaat.errors import TomaatError
from tomaat.testing.checks import run_checks


def told(app: str, weights: Path | None) -> Iterator[dict[str, Any]]:
    """Each outcome as ``{"outcome": ...}``; ``{"error": ...}`` for what can't be checked."""
    try:
        for outcome in run_checks(app, weights):
            yield {"outcome": vars(outcome)}
    except TomaatError as error:
        yield {"error": error.as_json()}


def main(app: str, weights: str = "") -> None:
    """Check, and write what comes of it as it comes."""
    with os.fdopen(os.dup(1), "wb", buffering=0) as answer:
        os.dup2(2, 1)
        for line in told(app, Path(weights) if weights else None):
            answer.write(orjson.dumps(line) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
