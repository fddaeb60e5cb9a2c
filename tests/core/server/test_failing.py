"""What goes wrong in scripts: the client gets a sentence, and the host goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

import images
import slicer
from running_scripts import RunningScript


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningScript]:
    running = RunningScript(tmp_path_factory.mktemp("script") / "work", ("failing.py",))
    running.start()
    yield running
    running.stop()


def test_labels_may_have_a_grid_of_their_own(script: RunningScript, tmp_path: Path) -> None:
    image = images.ball()
    (item,) = script.predict({"image": slicer.volume(image, tmp_path), "way": "crop"})
    labels = slicer.labels(item, tmp_path)
    assert labels.GetSize() == (3, 3, 3)
    assert labels.GetOrigin() == pytest.approx(image.TransformIndexToPhysicalPoint((2, 2, 1)))


def test_fractional_labels_are_rounded(script: RunningScript, tmp_path: Path) -> None:
    (item,) = script.predict({"image": slicer.volume(images.ball(), tmp_path), "way": "fractions"})
    voxels = sitk.GetArrayFromImage(slicer.labels(item, tmp_path))
    assert np.unique(voxels).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("raise", "The app failed with an internal error (ValueError); the host's log has it"),
        ("no field", "The script must return a list of one under 'labels', not NoneType."),
        ("no list", "The script must return a list of one under 'labels', not Image."),
        ("no dictionary", "The script must return a dictionary of its results, not list."),
        ("negative", "must hold labels from 0 on, not from -1 to 0"),
        ("exit", "ended without a word"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(script: RunningScript, tmp_path: Path, way: str, sentence: str) -> None:
    (item,) = script.predict({"image": slicer.volume(images.ball(), tmp_path), "way": way})
    assert (item["type"], item["label"]) == ("PlainText", "Error!")
    assert sentence in item["content"]
    assert str(script.folder) not in item["content"]


def test_the_log_has_the_trace(script: RunningScript, tmp_path: Path) -> None:
    script.predict({"image": slicer.volume(images.ball(), tmp_path), "way": "raise"})
    assert 'failing.py", line' in script.log
