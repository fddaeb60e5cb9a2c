"""What the tests of the documentation share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import SimpleITK as sitk

from tomaat.testing import head, oblique

if not {"CI", "TOMAAT_TEST_INSTALL"} & set(os.environ):
    # it installs all that the README's first command installs, torch too: minutes, and hundreds of megabytes
    collect_ignore = ["test_first_command.py"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the images that the pages speak of, none of them on a plain grid."""
    sitk.WriteImage(oblique(), str(tmp_path / "t1.nii.gz"))
    sagittal = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    sitk.WriteImage(head((64, 60, 24), (3.4, 3.4, 8.0), sagittal), str(tmp_path / "ct.nii.gz"))
    return tmp_path
