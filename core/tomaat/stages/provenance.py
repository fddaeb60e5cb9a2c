"""Every result says where it came from; an app adds what only it knows to ``context.provenance``."""

from __future__ import annotations

import platform
import sys
from collections.abc import Generator

from tomaat._version import __version__
from tomaat.app import App, Data
from tomaat.context import Context
from tomaat.markers import hookimpl

LIBRARIES = ("torch", "monai", "onnxruntime", "SimpleITK", "numpy")


@hookimpl(wrapper=True)
def tomaat_infer(app: App, context: Context) -> Generator[None, Data, Data]:
    result = yield
    context.provenance.setdefault("device", context.device)
    context.provenance["software"] = {"tomaat": __version__, "python": platform.python_version()} | {
        name: str(getattr(sys.modules[name], "__version__", "")) for name in LIBRARIES if name in sys.modules
    }
    return result
