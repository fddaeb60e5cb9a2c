"""The viewer in a browser: left is left, labels and window as one sets them, points, two results, all formats."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from browser import Watched, coloured, pixels
from calls import ended, until
from hosts import RunningHost
from images import body, file_of, series_of

Watch = Callable[..., Watched]
Mask = NDArray[np.bool_]

SMALL = {"width": 1100, "height": 760}
"""Fewer pixels take less time without a graphics card."""
DARK = 30
"""Of 255: what is no part of the body."""


def marked() -> sitk.Image:
    """A grey body with a bright part on the patient's left, in front and above; the grid is oblique and flipped."""
    image = sitk.Image((48, 44, 40), sitk.sitkInt16)
    image.SetSpacing((2.0, 2.0, 2.5))
    direction = np.array([[-0.96, 0.0, 0.28], [0.0, 1.0, 0.0], [0.28, 0.0, 0.96]])
    image.SetDirection(direction.ravel().tolist())
    steps = direction * image.GetSpacing()
    image.SetOrigin((-steps @ (np.array(image.GetSize()) - 1) / 2).tolist())
    x, y, z = np.meshgrid(*map(np.arange, image.GetSize()), indexing="ij")
    left, back, up = np.moveaxis(np.stack([x, y, z], -1) @ steps.T + image.GetOrigin(), -1, 0)
    voxels = ((left**2 + back**2 + up**2) < 40**2) * 280 + 20
    voxels[(abs(left - 14) < 12) & (abs(back + 12) < 11) & (abs(up - 10) < 9)] = 1000
    made = sitk.GetImageFromArray(voxels.transpose(2, 1, 0).astype(np.int16))
    made.CopyInformation(image)
    return made


def beside(part: Mask, whole: Mask) -> tuple[float, float]:
    """How far right and how far up a part is of the middle of the whole, in pixels."""
    (row, column), (middle, centre) = np.argwhere(part).mean(0), np.argwhere(whole).mean(0)
    return column - centre, middle - row


@pytest.fixture(scope="module")
def scan() -> bytes:
    return file_of(marked())


def keep(http: httpx.Client, scan: bytes, level: str) -> str:
    """A job of the app ``threshold`` that has succeeded, and whose scan is kept."""
    files = {"image": ("scan.nii.gz", scan), "level": (None, level)}
    job = http.post("/v1/apps/threshold/jobs?keep_inputs=true", files=files).json()["id"]
    assert ended(http, job)["state"] == "succeeded"
    return str(job)


def open_job(watched: Watched, job: str) -> Page:
    """Its page, with nothing but the scan and the label in the planes, which go through the label."""
    page = watched.open(f"/jobs/{job}")
    watched.results()
    watched.layer("Show surface").uncheck()
    page.get_by_role("button", name="Crosshair", exact=True).click()
    page.get_by_role("button", name="Go to bright").click()
    set_window(page, 400, 800)
    return page


def set_window(page: Page, level: float, width: float) -> None:
    page.get_by_label("Level", exact=True).fill(f"{level}")
    page.get_by_label("Width", exact=True).fill(f"{width}")
    page.get_by_label("Width", exact=True).press("Enter")


def test_left_is_left_and_labels_and_window_are_as_one_sets_them(
    watch: Watch, host: RunningHost, http: httpx.Client, scan: bytes
) -> None:
    watched = watch(host, viewport=SMALL)
    page = open_job(watched, keep(http, scan, "0.7"))
    # the patient's left is on the right of the screen, and who looks at a sagittal plane stands on the left
    for plane, (right, up) in {"Coronal": (1, 1), "Sagittal": (-1, 1), "Axial": (1, 1)}.items():
        seen = watched.plane(plane)
        offset = beside(coloured(seen), seen.max(axis=2) > DARK)
        assert (offset[0] * right > 20, offset[1] * up > 10) == (True, True), f"{plane}: {offset}"
    page.get_by_role("button", name="R|L").click()
    seen = watched.plane("Axial")
    assert beside(coloured(seen), seen.max(axis=2) > DARK)[0] < -20
    page.get_by_role("button", name="R|L").click()
    check_labels(watched)
    check_window(watched)


def check_labels(watched: Watched) -> None:
    """A label is switched and faded, and the picture says so."""
    strong = watched.plane("Axial")
    part = coloured(strong)
    colour = (strong.max(axis=2) - strong.min(axis=2))[part].mean()
    watched.page.get_by_label("Opacity of bright").fill("0.3")
    faded = watched.plane("Axial")
    weak = (faded.max(axis=2) - faded.min(axis=2))[part].mean()
    assert 0.15 < weak / colour < 0.5
    watched.layer("bright").uncheck()
    assert coloured(watched.plane("Axial")).sum() < 0.02 * part.sum()
    watched.layer("bright").check()
    watched.page.get_by_label("Opacity of labels").fill("0")
    grey = watched.plane("Axial")
    assert coloured(grey).sum() < 0.02 * part.sum()
    assert grey[part].min(axis=1).mean() > 200  # what it covered is the brightest part of the scan


def check_window(watched: Watched) -> None:
    """Level and width in the scan's own units: 300 is black, grey and white as they say."""
    page = watched.page
    greys = []
    for level, width in ((300, 400), (300, 100), (500, 400), (100, 400)):
        set_window(page, level, width)
        seen = watched.plane("Axial")
        height, across = seen.shape[:2]
        greys.append(int(np.median(seen[height // 2 + 20 : height // 2 + 60, across // 2 - 60 : across // 2 - 20])))
    assert greys == pytest.approx([128, 128, 0, 255], abs=8)
    page.get_by_label("Window", exact=True).select_option("auto")
    assert page.get_by_label("Level", exact=True).input_value() != "100"
    check_drag(watched)


def check_drag(watched: Watched) -> None:
    """A drag to the right with the right button widens the window, and leaves the level."""
    page = watched.page
    level, width = (page.get_by_label(name, exact=True) for name in ("Level", "Width"))
    before = level.input_value(), float(width.input_value())
    box = watched.canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.mouse.move(x + 30, y)
    page.mouse.move(x + 60, y)
    page.mouse.up(button="right")
    until(lambda: float(width.input_value()) > before[1])
    assert level.input_value() == before[0]


def test_all_formats_show_the_same_volume_before_it_is_sent(watch: Watch, host: RunningHost, tmp_path: Path) -> None:
    watched = watch(host, viewport=SMALL)
    page = watched.open("/apps/positive")
    image, series = marked(), series_of(marked())
    files = {f"scan.{kind}": file_of(image, f"scan.{kind}") for kind in ("nii.gz", "mha", "nrrd")}
    files |= {"raw.mha": file_of(image, "raw.mha", compressed=False), "series.zip": series, "old.zip": unmarked(series)}
    shown = {}
    for name, content in files.items():
        watched.drop(page.locator(".drop"), {name: content})
        shown[name] = look(watched, name)
    folder = tmp_path / "study"
    unpack(series, folder)
    page.locator("input[webkitdirectory]").set_input_files(folder)
    shown["study"] = look(watched, "study")
    expected = shown["scan.nii.gz"].astype(float)
    assert expected.max() > 200
    assert {name: np.abs(seen - expected).mean() < 2 for name, seen in shown.items()} == dict.fromkeys(shown, True)
    assert watched.sent("POST", "/") == 0


def look(watched: Watched, title: str) -> NDArray[np.int16]:
    """What a scan looks like that was just chosen; then it is taken away again."""
    page = watched.page
    readout = page.locator(".viewer-readout")
    expect(readout).to_contain_text("mm")
    seen = watched.plane("Coronal")
    page.get_by_role("button", name=re.compile(f"^Remove {title}")).click()
    expect(readout).to_be_empty()
    return seen


def unpack(archive: bytes, folder: Path) -> None:
    """The files of a zip."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        opened.extractall(folder)


def unmarked(archive: bytes) -> bytes:
    """A series as before 1995: no preamble, no mark, no meta information, implicit little endian."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as opened, zipfile.ZipFile(packed, "w") as made:
        for name in opened.namelist():
            dataset = pydicom.dcmread(io.BytesIO(opened.read(name)))
            plain = pydicom.Dataset({element.tag: element for element in dataset if element.tag.group > 2})
            written = io.BytesIO()
            plain.save_as(written, implicit_vr=True, little_endian=True)
            made.writestr(name, written.getvalue())
    return packed.getvalue()


def test_what_can_not_be_shown_is_said(watch: Watch, host: RunningHost, http: httpx.Client, scan: bytes) -> None:
    watched = watch(host, viewport=SMALL)
    page = watched.open("/apps/positive")
    watched.drop(page.locator(".drop"), {"cut.nii.gz": scan[: len(scan) // 2]})
    lacking = page.locator(".viewer-lacking")
    expect(lacking).to_contain_text("cut.nii.gz: This file is damaged")
    page.get_by_role("button", name="Remove cut.nii.gz").click()
    expect(lacking).to_be_hidden()
    page.route("**/results/*.nii.gz", lambda route: route.abort("connectionreset"))
    watched.open(f"/jobs/{keep(http, scan, '0.5')}")
    watched.results()
    expect(lacking).to_contain_text("labels: The connection to the host was lost meanwhile")
    expect(watched.layer("Show surface")).to_be_checked()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    expect(page.get_by_role("region", name="Volumes of the labels")).to_be_visible()
    watched.errors.clear()  # the browser's own, of the connection


def test_points_that_are_clicked_go_to_the_app(watch: Watch, host: RunningHost) -> None:
    watched = watch(host, viewport=SMALL)
    page = watched.open("/apps/everything")
    watched.drop(page.locator(".drop").first, {"body.nii.gz": file_of(body())})
    expect(page.locator(".viewer-readout")).to_contain_text("mm")
    page.get_by_role("button", name="Place points").click()
    box = watched.canvas.bounding_box()
    assert box
    for right, down in ((0.2, 0.25), (0.3, 0.2), (0.75, 0.25)):
        page.mouse.click(box["x"] + right * box["width"], box["y"] + down * box["height"])
    watched.canvas.focus()
    page.keyboard.press("Enter")
    listed = page.locator("[data-field=points] li")
    expect(listed).to_have_count(4)
    page.get_by_role("button", name="Remove point 1", exact=True).last.click()
    page.get_by_role("button", name="Stop placing points").click()
    expect(listed).to_have_count(3)
    points = [place(text) for text in listed.locator(".point").all_inner_texts()]
    assert points[1] == pytest.approx(points[2], abs=1.25)  # a click sets the crosshair, too: at a voxel
    page.get_by_role("button", name="Run", exact=True).click()
    watched.results()
    expect(page.get_by_text("a True 3 points, moving: False")).to_be_visible()
    rows = page.locator("section[aria-label=marks] tbody tr").all_inner_texts()
    marks = [[float(number) for number in row.split("\t")[1:]] for row in rows]
    assert np.array(marks) == pytest.approx(np.array(points) + 1, abs=0.15)


def place(text: str) -> list[float]:
    """LPS millimetres from "R 12.3 A 4.5 S 30.0"."""
    found = re.findall(r"([LRAPSI]) +([\d.]+)", text)
    return [float(number) * (-1 if letter in "RAI" else 1) for letter, number in found]


def test_two_results_of_one_scan_are_compared(watch: Watch, host: RunningHost, http: httpx.Client, scan: bytes) -> None:
    other = keep(http, scan, "0.1")
    watched = watch(host, viewport={"width": 1280, "height": 760})
    page = open_job(watched, keep(http, scan, "0.71"))
    watched.plane("Axial")
    choice = page.get_by_label("Compare with another result of this scan")
    choice.select_option(value=other)
    page.get_by_role("button", name="Side by side").click()
    views = page.locator("#viewer canvas[role=application]")
    expect(views).to_have_count(2)
    until(lambda: coloured(pixels(views.last)).sum() > 4 * coloured(pixels(views.first)).sum() > 1000)
    readouts = page.locator(".viewer-readout")
    views.first.focus()
    page.keyboard.press("Shift+ArrowUp")
    until(lambda: len({each.split("mm")[0] for each in readouts.all_inner_texts()}) == 1)
    page.get_by_role("button", name="Switch to it").click()
    back = page.get_by_role("button", name="Switch back")
    expect(back).to_be_visible()
    expect(views).to_have_count(1)
    until(lambda: coloured(watched.plane("Axial")).sum() > 30_000)
    back.click()
    until(lambda: coloured(watched.plane("Axial")).sum() < 10_000)
    page.get_by_role("button", name="End the comparison").click()
    own = page.locator("#viewer").get_by_role("checkbox", name=re.compile("^Show labels"))
    expect(own).to_have_count(1)
    own.uncheck()
    page.get_by_role("button", name="Switch to it").click()
    page.get_by_role("button", name="End the comparison").click()
    expect(own).not_to_be_checked()  # as it was before
