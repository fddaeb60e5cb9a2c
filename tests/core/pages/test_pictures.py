"""The pictures of pages in the README and docs: with ``TOMAAT_TEST_PICTURES=docs/images`` they are written there, and
with ``TOMAAT_TEST_HEAD=FILE`` they show another head than the template, which has no skull."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from playwright.sync_api import expect

from browser import Watched, coloured, like, picture, pixels
from calls import until
from hosts import RunningHost
from images import file_of

MNI152 = files("nilearn.datasets") / "data" / "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
MOST = 300_000
"""Bytes of a picture."""


@pytest.fixture
def template() -> sitk.Image:
    """The MNI152 template, on a grid of 1.5 mm."""
    image = sitk.ReadImage(str(MNI152), sitk.sitkFloat32)
    size = [round(length / 1.5) for length in image.GetSize()]
    coarse = sitk.Resample(
        image, size, sitk.Transform(), sitk.sitkLinear, image.GetOrigin(), [1.5] * 3, image.GetDirection()
    )
    return sitk.Cast(sitk.RescaleIntensity(coarse, 0, 1000), sitk.sitkInt16)


@pytest.fixture
def head(template: sitk.Image) -> sitk.Image:
    """What is to be seen in the place of the template, or that."""
    given = os.environ.get("TOMAAT_TEST_HEAD")
    return sitk.ReadImage(given) if given else template


def test_pictures(
    watch: Callable[..., Watched],
    start_host: Callable[..., RunningHost],
    head: sitk.Image,
    template: sitk.Image,
    tmp_path: Path,
) -> None:
    host = start_host(path=tmp_path / "no plugins of tests")
    watched = watch(host, viewport={"width": 1440, "height": 900}, color_scheme="light")
    made = [take_home(watched, tmp_path), take_result(watched, head, tmp_path)]
    job = watched.page.url
    made.append(take_batch(watched, template, tmp_path))
    phone = watch(host, viewport={"width": 390, "height": 844}, color_scheme="dark", device_scale_factor=2)
    phone.page.goto(job)
    phone.results()
    phone.page.evaluate("() => scrollTo(0, 0)")
    until(lambda: coloured(pixels(phone.canvas)).sum() > 5_000)
    made.append(picture(phone.page, "page-phone", tmp_path))
    for path in made:
        assert path.stat().st_size < MOST, path.name
    with Image.open(made[-1]) as seen:
        assert np.asarray(seen.convert("L"))[:100].mean() < 60  # it is dark


def take_home(watched: Watched, folder: Path) -> Path:
    page = watched.open("/")
    expect(page.get_by_role("article")).to_have_count(3)
    return picture(page, "page-home", folder)


def take_result(watched: Watched, head: sitk.Image, folder: Path) -> Path:
    page = watched.open("/apps/brain")
    page.set_default_timeout(120_000)
    watched.drop(page.locator(".drop"), {"T1.nii.gz": file_of(head)})
    page.get_by_role("button", name="Run", exact=True).click()
    watched.results()
    page.get_by_label("Opacity of mask").fill("0.4")
    colour = page.get_by_label("Colour of surface").input_value()
    until(lambda: like(pixels(watched.canvas), colour).sum() > 5_000)  # the surface is drawn last
    assert coloured(pixels(watched.canvas)).mean() > 0.1
    page.mouse.move(5, 400)
    return picture(page, "page-result", folder)


def take_batch(watched: Watched, template: sitk.Image, folder: Path) -> Path:
    page = watched.open("/apps/threshold")
    tops = {number: template.GetDepth() * (26 + 2 * number) // 40 for number in range(1, 6)}
    scans = {f"case {number}.nii.gz": file_of(template[:, :, :top]) for number, top in tops.items()}
    watched.drop(page.locator(".drop"), scans)
    page.get_by_role("button", name="Run 5 jobs").click()
    expect(page.get_by_text("5 of 5 done")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Show case 3").click()
    colour = page.get_by_label("Colour of surface")
    colour.wait_for()
    until(lambda: like(pixels(watched.canvas), colour.input_value()).sum() > 5_000)
    page.evaluate("() => document.querySelector('.panel').scrollTo(0, 0)")
    return picture(page, "page-batch", folder)
