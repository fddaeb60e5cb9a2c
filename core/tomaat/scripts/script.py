"""A script, and how to run it again as it was started."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from importlib.abc import InspectLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType

from tomaat.errors import PluginError
from tomaat.scripts.capture import Service, capturing

MAIN = "__main__"


@dataclass(frozen=True)
class Script:
    """A Python script, and how it was started.

    :param file: the script; absolute.
    :param arguments: what followed its name on the command line.
    :param folder: the folder that it was started in; its own when ``None``.
    :param module: its module's name, if it was started as ``python -m module``.
    :param service: the name, in its configuration, of the service that is wanted, where the script makes several.
    """

    file: Path
    arguments: tuple[str, ...] = ()
    folder: Path | None = None
    module: str = ""
    service: str = ""

    @property
    def working_folder(self) -> Path:
        """The current folder while it runs."""
        return self.folder or self.file.parent


class LoadedScript:
    """A script that has run up to where its service would serve.

    What it defines goes on being called, so :meth:`surroundings` gives it back the process that it knows.

    :ivar service: the service that it made.
    """

    def __init__(self, script: Script) -> None:
        """Run it. Raises :class:`PluginError` where no service comes of it, and whatever the script raises."""
        self._script = script
        self._main = ModuleType(MAIN)  # as in the first run: pickles name the script's classes so
        self._main.__file__ = str(script.file)
        with capturing() as capture, self.surroundings():
            code = self._code()
            with suppress(SystemExit):  # at run(), or because the script itself came to an end
                exec(code, self._main.__dict__)
        self.service: Service = capture.service(script.service)

    @contextmanager
    def surroundings(self) -> Iterator[None]:
        """Inside, ``__main__``, ``sys.argv``, ``sys.path`` and the current folder are the script's own.

        Processes are forked, as they were: those of a worker are not, and could not have what is no module's own.
        """
        script, main, arguments = self._script, sys.modules[MAIN], sys.argv
        method = multiprocessing.get_start_method(allow_none=True)
        beside = str(script.working_folder if script.module else script.file.parent)
        sys.path.insert(0, beside)
        sys.argv = [str(script.file), *script.arguments]
        sys.modules[MAIN] = self._main
        multiprocessing.set_start_method("fork", force=True)
        try:
            with chdir(script.working_folder):
                yield
        finally:
            multiprocessing.set_start_method(method, force=True)
            sys.modules[MAIN], sys.argv = main, arguments
            with suppress(ValueError):  # the script may have taken it out
                sys.path.remove(beside)

    def _code(self) -> CodeType:
        script = self._script
        if not script.module:
            return compile(script.file.read_bytes(), str(script.file), "exec", dont_inherit=True)
        spec = find_spec(script.module)
        loader = spec.loader if spec else None
        code = loader.get_code(script.module) if isinstance(loader, InspectLoader) else None
        if spec is None or code is None:
            raise PluginError(f"There is no module {script.module!r} to run the script from.")
        self._main.__spec__, self._main.__package__ = spec, spec.parent
        return code
