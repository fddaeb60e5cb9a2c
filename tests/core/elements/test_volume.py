"""The volume input: the host checks the header, a worker reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import SimpleITK as sitk

from tomaat.elements import Volume
from tomaat.errors import InvalidInput
from tomaat.image import Grid
from volumes import volume

ELEMENT = Volume("image", text="T1", modality="MR")


def test_json() -> None:
    assert ELEMENT.as_tomaat_json() == {"type": "volume", "destination": "image"}
    assert Volume.from_json(ELEMENT.as_json()) == ELEMENT


def test_it_reads_a_file_without_a_name(tmp_path: Path) -> None:
    sitk.WriteImage(volume("oblique"), str(tmp_path / "image.mha"), True)
    upload = (tmp_path / "image.mha").rename(tmp_path / "upload")
    ELEMENT.check_file(upload)
    (tmp_path / "scratch").mkdir()
    assert Grid.of(ELEMENT.read(upload, tmp_path / "scratch")) == Grid.of(volume("oblique"))
    assert list((tmp_path / "scratch").iterdir()) == []


def test_it_names_the_field_at_fault(tmp_path: Path) -> None:
    (tmp_path / "upload").write_text("no image")
    with pytest.raises(InvalidInput, match="'image' can't be read") as refused:
        ELEMENT.check_file(tmp_path / "upload")
    assert refused.value.field == "image"
