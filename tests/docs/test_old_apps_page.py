"""The script of the page on old apps is served as it stands there."""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk

import images
import slicer
from documents import DOCS, blocks
from running_scripts import RunningScript


def test_the_script_runs_as_it_is(tmp_path: Path) -> None:
    (block,) = blocks(DOCS / "old-apps.md", note="script: ")
    (tmp_path / block.name).write_text(block.text, encoding="utf-8")
    script = RunningScript(tmp_path, (block.name,))
    script.start()
    try:
        image = images.ball()
        (item,) = script.predict({"image": slicer.volume(image, tmp_path), "level": "500"})
    finally:
        script.stop()
    expected, found = sitk.GetArrayFromImage(image > 500), sitk.GetArrayFromImage(slicer.labels(item, tmp_path))
    assert (expected == found).all()
    assert found.any()
