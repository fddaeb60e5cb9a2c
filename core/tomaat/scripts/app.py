"""The app that a script's service is."""

from __future__ import annotations

import sys
from typing import Any, ClassVar

from tomaat.app import App, Data
from tomaat.context import Context
from tomaat.errors import InvalidOutput, WorkerNotStarted
from tomaat.frameworks.prediction import Prediction
from tomaat.scripts.capture import Stage
from tomaat.scripts.script import LoadedScript, Script

CARRIED = "carried"
"""The key under which one stage's result goes to the next: old apps hand over anything, not dictionaries alone."""


class ScriptApp(App):
    """Runs a script that was written for the first TOMAAT, in each worker once, and calls the functions of its service.

    Subclass it with the service's interface; ``tomaat wrap`` writes such a class. The inputs reach the script as in
    the first TOMAAT: in lists of one, volumes and transforms as paths of files, points in RAS millimetres.
    """

    script: ClassVar[Script]
    timeout = 86400.0
    """Old apps had no limit."""

    def load(self, context: Context) -> None:
        """Run the script. Raises :class:`WorkerNotStarted` where a module that it imports is missing."""
        try:
            self._loaded = LoadedScript(self.script)
        except ImportError as error:
            raise WorkerNotStarted(
                f"The script of the app {self.name!r} needs {error.name}, which can't be imported."
            ) from error
        self._stages = self._loaded.service.stages()
        torch = sys.modules.get("torch")
        if torch is not None and context.device.startswith("cuda"):
            torch.cuda.set_device(context.device)  # where the script's own .cuda() goes
        if isinstance(self._stages.infer, Prediction):
            with self._loaded.surroundings():
                self._stages.infer.load(context.device)

    def preprocess(self, data: Data, context: Context) -> Data:
        from tomaat.scripts.values import as_sent

        inputs = (element.as_input() for element in self.inputs)
        sent = {
            element.destination: [as_sent(element, data[element.destination], context.scratch)] for element in inputs
        }
        return self._called(self._stages.preprocess, sent)

    def infer(self, data: Data, context: Context) -> Data:
        return self._called(self._stages.infer, data[CARRIED])

    def postprocess(self, data: Data, context: Context) -> Data:
        from tomaat.scripts.values import as_result

        results = self._called(self._stages.postprocess, data[CARRIED])[CARRIED]
        if not isinstance(results, dict):
            raise InvalidOutput(f"The script must return a dictionary of its results, not {type(results).__name__}.")
        outputs = (element.as_output() for element in self.outputs)
        return {element.field: as_result(element, results) for element in outputs}

    def _called(self, stage: Stage, data: Any) -> Data:
        with self._loaded.surroundings():
            return {CARRIED: stage(data)}
