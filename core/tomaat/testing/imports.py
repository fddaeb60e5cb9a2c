"""That a host can read a plugin without its heavy libraries."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib.metadata import entry_points

from tomaat.installed import GROUP
from tomaat.plugins import HEAVY
from tomaat.testing.subject import ContractBroken, Subject

TOO_HEAVY = (*HEAVY, "vtk", "SimpleITK")
LIMIT = 120.0
PROBE = """
import importlib, runpy, sys
import tomaat
loaded = set(sys.modules)
heavy, file, *modules = sys.argv[1:]
for module in modules:
    importlib.import_module(module)
if file:
    runpy.run_path(file)
print("heavy:", *(name for name in heavy.split(",") if name in sys.modules and name not in loaded))
"""
"""Run in a fresh interpreter: this one has long imported everything."""


def check_imports(subject: Subject) -> str:
    """Import the plugin in a fresh interpreter, and look at what came with it."""
    modules = [point.module for point in entry_points(group=GROUP, name=subject.plugin)] if subject.plugin else []
    file = "" if modules else inspect.getfile(subject.source)
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, ",".join(TOO_HEAVY), file, *modules],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if probe.returncode:
        raise ContractBroken(f"It can't be imported on its own: {probe.stderr.strip().splitlines()[-1]}")
    heavy = probe.stdout.rpartition("heavy:")[2].split()
    if heavy:
        raise ContractBroken(f"Importing it loads {', '.join(heavy)}; import these inside the app's methods.")
    return ""
