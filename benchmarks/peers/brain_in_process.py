"""The brain app's stages without a server, in one process: decode, preprocess, infer, postprocess, encode.

Reads a job's folder from each line of its input, and answers with a line of JSON: the seconds that the job took,
and the seconds of each stage.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from importlib import import_module
from pathlib import Path

from tomaat.context import Context
from tomaat.plugins import find_plugins
from tomaat.workers.runner import Runner
from tomaat.workers.work import SCRATCH, Received, Work


def load(scratch: Path) -> Runner:
    """As a worker loads it."""
    plugins = find_plugins()
    registered = plugins.app("brain")
    for module in registered.description.preload:
        import_module(module)
    app = registered.app()
    app.load(Context(device="cpu", scratch=scratch, log=logging.getLogger("brain")))
    return Runner(plugins, app, registered.description)


def run(runner: Runner, folder: Path) -> dict[str, object]:
    """One job, from its input's file to its results' files."""
    work = Work("job", "brain", folder, {"image": Received(file="image", sha256="")})
    context = Context(device="cpu", scratch=folder / SCRATCH / ".app", log=logging.getLogger("brain"))
    begun = time.perf_counter()
    runner.run(work, context)
    return {"seconds": time.perf_counter() - begun, "timings": context.timings}


def main() -> None:
    runner = load(Path(sys.argv[1]))
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(runner, Path(line.strip()))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
