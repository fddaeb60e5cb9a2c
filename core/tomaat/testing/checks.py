"""The contract of an app, check by check.

A check is a plain function: it returns what is worth knowing, often nothing, and raises where the contract is broken.
``tomaat check`` prints them, :class:`tomaat.testing.AppContract` makes them tests. An app may refuse an input that is
not for it; raising :class:`tomaat.InvalidInput` with the field's name keeps the contract.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.app import App
from tomaat.elements import LabelVolume, PlainText
from tomaat.elements.element import InputElement, OutputElement
from tomaat.errors import TomaatError
from tomaat.testing.cancelling import check_cancelling
from tomaat.testing.imports import check_imports
from tomaat.testing.subject import ContractBroken, Subject
from tomaat.testing.volumes import GRIDS

if TYPE_CHECKING:
    import SimpleITK as sitk

    from tomaat.image import Grid

TOLERANCE = 1e-3
"""Of a voxel: how far a label file's grid may be from its input's. NIfTI holds a direction in single precision."""
OVERLAP = 0.9
"""The share of labelled voxels that must not change when a volume's axes are stored in another order."""


@dataclass(frozen=True)
class Check:
    """:param sentence: what holds when :param run: returns."""

    name: str
    sentence: str
    run: Callable[[Subject], str]


@dataclass(frozen=True)
class Outcome:
    """What came of one check.

    :ivar detail: why it failed, or what is worth knowing though it passed.
    """

    name: str
    sentence: str
    passed: bool
    detail: str


def check_interface(subject: Subject) -> str:
    """The app's description is valid, and its elements survive JSON."""
    description = subject.description
    json.dumps(description.as_json())
    elements: tuple[InputElement | OutputElement, ...] = (*description.inputs, *description.outputs)
    for element in elements:
        again = type(element).from_json(json.loads(json.dumps(element.as_json())))
        if again != element:
            raise ContractBroken(f"The element {element.name!r} comes back from JSON as {again!r}.")
    return ""


def check_sample(subject: Subject) -> str:
    """A head on a plain grid, and a value for each other input, make a job."""
    return subject.first.refused


def check_outputs(subject: Subject) -> str:
    """Each result of the sample can be written in each of its formats, and read again."""
    trial = subject.first
    if trial.refused:
        return trial.refused
    for element in subject.description.outputs:
        source = trial.results[element.name]
        for format_ in element.formats:
            target = subject.folder / f"{element.name}-again.{format_.extension}"
            element.convert(source, target)
            _check_readable(element, source, target)
            target.unlink()
    return ""


def check_grid(subject: Subject, grid: str) -> str:
    """Labels lie on the grid of the input, and what they label does not depend on the order of its axes."""
    trial = subject.run(GRIDS[grid]())
    if trial.refused:
        return trial.refused
    for element in subject.label_volumes:
        labels = _read(trial.results[element.name])
        _check_same_grid(element, labels, trial.grids)
        if grid == "flipped" and not subject.first.refused:
            _check_same_place(element, labels, _read(subject.first.results[element.name]))
    return "" if subject.label_volumes else "it has no label volume"


CHECKS: tuple[Check, ...] = (
    Check("interface", "The interface is valid, and JSON can carry it.", check_interface),
    Check("imports", "Importing the plugin loads nothing heavy.", check_imports),
    Check("sample", "A sample of its inputs is accepted.", check_sample),
    Check("outputs", "Every output comes in every format that it declares.", check_outputs),
    *(
        Check(f"grid-{grid}", f"Labels keep the geometry of {text}.", partial(check_grid, grid=grid))
        for grid, text in (
            ("oblique", "an oblique grid"),
            ("flipped", "a grid with swapped and turned axes"),
            ("anisotropic", "thick slices"),
            ("single-slice", "a single slice"),
        )
    ),
    Check("cancel", "It stops soon after it is cancelled.", check_cancelling),
)


def run_checks(app: str | type[App], weights: Path | None = None) -> Iterator[Outcome]:
    """Check an installed app, by its name, or a class; one outcome at a time, as each takes a while.

    :param weights: a file for an app that takes weights; those that it brings when ``None``.

    Raises :class:`NotFound` for an unknown name, and :class:`PluginError` where its plugin is in quarantine.
    """
    with Subject.of(app, weights=weights) as subject:
        for check in CHECKS:
            yield _outcome(check, subject)


def _outcome(check: Check, subject: Subject) -> Outcome:
    try:
        return Outcome(check.name, check.sentence, True, check.run(subject))
    except TomaatError as error:
        detail = error.detail
    except ContractBroken as error:
        detail = str(error)
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
    return Outcome(check.name, check.sentence, False, detail)


def _read(path: Path) -> sitk.Image:
    import SimpleITK as sitk

    return sitk.ReadImage(str(path))


def _check_readable(element: OutputElement, source: Path, target: Path) -> None:
    if not target.is_file() or not target.stat().st_size:
        raise ContractBroken(f"The result {element.name!r} is empty as {target.suffix}.")
    if isinstance(element, PlainText):
        target.read_text(encoding="utf-8")
    if isinstance(element, LabelVolume):
        import numpy as np
        import SimpleITK as sitk

        first, again = (sitk.GetArrayFromImage(_read(path)) for path in (source, target))
        if not np.array_equal(first, again):
            raise ContractBroken(f"The labels {element.name!r} are others as {target.suffix}.")


def _check_same_grid(element: LabelVolume, labels: sitk.Image, grids: Mapping[str, Grid]) -> None:
    from tomaat.image import Grid

    reference = element.expected_on(grids)
    if reference and not Grid.of(labels).matches(grids[reference], TOLERANCE):
        raise ContractBroken(
            f"The labels {element.name!r} lie on {Grid.of(labels)}; {reference!r} lies on {grids[reference]}."
        )


def _check_same_place(element: LabelVolume, labels: sitk.Image, expected: sitk.Image) -> None:
    """The same head was labelled, its voxels stored in another order: the same places must carry the same labels."""
    import SimpleITK as sitk

    from tomaat.image import Grid, to_grid

    moved = to_grid(expected, Grid.of(labels), "nearest")
    found, wanted = sitk.GetArrayViewFromImage(labels), sitk.GetArrayViewFromImage(moved)
    labelled = int(((found > 0) | (wanted > 0)).sum())
    same = int(((found == wanted) & (found > 0)).sum())
    if same < OVERLAP * labelled:
        raise ContractBroken(
            f"With its axes swapped and turned, the same volume gets other labels {element.name!r}: only "
            f"{same / labelled:.0%} of the labelled voxels agree. Orient the volume first (tomaat.image.orient)."
        )
