"""The Python API of the first TOMAAT: scripts that were written for it run as they are, served by our host.

Importing it gives numpy back the names that it had then; see :mod:`tomaat.server.numpy_names`.
"""

from tomaat.server.numpy_names import restore_numpy_names
from tomaat.server.service import TomaatApp, TomaatService, TomaatServiceDelayedResponse

restore_numpy_names()

__all__ = ["TomaatApp", "TomaatService", "TomaatServiceDelayedResponse"]
