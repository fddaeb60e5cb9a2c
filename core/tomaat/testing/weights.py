"""The weights that an app is tried with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tomaat.description import AppDescription
from tomaat.errors import WeightsMismatch
from tomaat.weights.declaration import WeightsFile
from tomaat.weights.loader import WeightsLoader

GIVEN = "given"
"""What a file is called that has no name among the app's weights."""


def find_weights(app: AppDescription, loaders: Mapping[str, WeightsLoader], given: Path | None) -> WeightsFile | None:
    """``given`` as weights of the app, or else those that it brings; ``None`` for an app that takes none.

    Raises :class:`WeightsMismatch` where there are none, and for a file of no format that the app takes.
    """
    declared = app.weights
    if declared is None:
        return None
    names = [declared.default, *declared.bundled]
    name = GIVEN if given else next((name for name in names if name in declared.bundled), "")
    path = given or (Path(declared.bundled[name]) if name else None)
    if path is None:
        raise WeightsMismatch(
            f"The app {app.name!r} takes weights and brings none: give it a file, with --weights FILE, or "
            f"AppContract.weights in a test."
        )
    if not path.is_file():
        raise WeightsMismatch(f"There is no file {path.name!r} to take the weights of {app.name!r} from.")
    format_ = next((each for each in declared.formats if loaders[each].recognises(path)), None)
    if format_ is None:
        titles = ", ".join(loaders[each].title for each in declared.formats)
        raise WeightsMismatch(f"The file {path.name!r} holds no weights that the app {app.name!r} takes: {titles}.")
    with path.open("rb") as file:
        return WeightsFile(name, hashlib.file_digest(file, "sha256").hexdigest(), format_, path.absolute())
