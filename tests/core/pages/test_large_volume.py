"""A scan of 512 x 512 x 300, as from a CT: the page stays usable while it is shown, sent and seen again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from browser import Watched
from hosts import RunningHost

Watch = Callable[..., Watched]

LIMIT = 60_000.0
"""Milliseconds for the whole volume to be read and drawn, without a graphics card, on a busy machine."""
STEP = 5.0
"""Seconds for one step of the crosshair, there."""


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bright box in the dark; uncompressed, 157 MB."""
    voxels = np.full((300, 512, 512), -1000, np.int16)
    voxels[100:200, 150:350, 120:400] = 60
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.8, 0.8, 1.0))
    path = tmp_path_factory.mktemp("large") / "ct.nii"
    sitk.WriteImage(image, str(path))
    return path


def test_it_stays_usable(watch: Watch, host: RunningHost, scan: Path) -> None:
    watched = watch(host)
    page = watched.open("/apps/positive")
    page.set_default_timeout(LIMIT)
    page.locator("input[type=file]").first.set_input_files(scan)
    readout = page.locator(".viewer-readout")
    readout.get_by_text("mm").wait_for()
    canvas = page.locator("#viewer canvas").first
    canvas.focus()
    said = readout.inner_text()
    for _ in range(3):
        begun = time.monotonic()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("(said) => document.querySelector('.viewer-readout').innerText !== said", arg=said)
        assert time.monotonic() - begun < STEP
        said = readout.inner_text()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("heading", name="Sending").or_(page.get_by_role("heading", name="Running")).first.wait_for()
    watched.results()
    assert page.get_by_role("row", name="positive").inner_text().split("\t")[-1].strip() == f"{100 * 200 * 280:,}"
