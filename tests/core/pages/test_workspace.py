"""An app's page in a browser: drop a scan, run, look at the result."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import SimpleITK as sitk
from playwright.sync_api import Locator, Page, Route, expect

from broken_files import huge_nifti
from browser import Watched, coloured, like, pixels
from calls import ended, submit, until
from hosts import RunningHost
from images import body, file_of

Watch = Callable[..., Watched]

BRIGHT = 110
"""Of 255: what is the bright part of the scan on the screen."""
SMALL = {"width": 1100, "height": 760}
"""Fewer pixels take less time without a graphics card."""
STOPS = 80
"""Of the Tab key, on all of the page."""


@pytest.fixture(scope="module")
def scan() -> bytes:
    return file_of(body())


def test_a_scan_is_dropped_run_and_seen(watch: Watch, host: RunningHost, scan: bytes, tmp_path: Path) -> None:
    watched = watch(host, viewport=SMALL)
    watched.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = watched.open("/apps/threshold")
    watched.drop(page.locator(".drop"), {"body.nii.gz": scan})
    expect(page.get_by_text("body.nii.gz").first).to_be_visible()
    assert watched.sent("POST", "/jobs") == 0
    page.get_by_role("button", name="Run", exact=True).click()
    watched.results()
    expect(page).to_have_url(re.compile(r"/jobs/[0-9A-Z]{26}$"))
    voxels = int((sitk.GetArrayFromImage(body()) > 400).sum())
    row = page.get_by_role("row", name="bright")
    expect(row).to_contain_text(f"{voxels:,}")
    expect(row).to_contain_text(f"{voxels * 7.5e-3:,.1f}")  # millilitres: a voxel has 1.5 x 2 x 2.5 mm
    expect(page.get_by_text(f"bright: {voxels * 7.5e-3:.1f} ml")).to_be_visible()
    check_surface(watched)
    check_overlay(watched)
    check_methods(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download labels as nrrd").click()
    download.value.save_as(tmp_path / "labels.nrrd")
    labels = sitk.ReadImage(str(tmp_path / "labels.nrrd"))
    assert int(sitk.GetArrayFromImage(labels).sum()) == voxels
    assert labels.GetDirection() == pytest.approx(body().GetDirection())


def check_surface(watched: Watched) -> None:
    """The mesh is seen in 3-D in its own colour, and goes when it is switched off."""
    colour = watched.page.get_by_label("Colour of surface").input_value()
    watched.page.get_by_role("button", name="3-D", exact=True).click()
    until(lambda: like(pixels(watched.canvas), colour).sum() > 3_000)
    watched.layer("Show surface").uncheck()
    until(lambda: like(pixels(watched.canvas), colour).sum() < 300)


def check_overlay(watched: Watched) -> None:
    """The labels lie where the scan is bright, in all three planes; without them the scan is grey."""
    layer = watched.layer("Show labels")
    for plane in ("Axial", "Coronal", "Sagittal"):
        with_labels = coloured(watched.plane(plane))
        layer.uncheck()
        without = watched.plane(plane)
        layer.check()
        bright = (without.min(axis=2) > BRIGHT) & ~coloured(without)
        assert bright.sum() > 5_000
        overlap = (bright & with_labels).sum() / (bright | with_labels).sum()
        assert overlap > 0.9, f"{plane}: {overlap:.3f}"


def check_methods(page: Page) -> None:
    """The methods paragraph comes onto the clipboard, also where pages have none of their own, as without HTTPS."""
    button = page.get_by_role("button", name="Copy as a methods paragraph")
    button.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    paragraph = page.evaluate("() => navigator.clipboard.readText()")
    assert paragraph.startswith('Images were processed with "Threshold"')
    page.evaluate("() => navigator.clipboard.writeText('something else')")
    page.evaluate("() => Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    button.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.get_by_role("button", name="Copied").evaluate("() => document.body.append(document.createElement('textarea'))")
    field = page.locator("body > textarea")
    field.press("Control+v")
    assert field.input_value() == paragraph


def test_a_reload_in_the_middle_takes_the_job_up_again(watch: Watch, host: RunningHost) -> None:
    watched = watch(host)
    page = watched.open("/apps/sleeper")
    page.locator("#field-seconds").fill("3")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    address = page.url
    page.reload()
    assert page.url == address
    expect(page.get_by_text(re.compile(r"slept \d"))).to_be_visible()
    watched.results()
    expect(page.get_by_text("slept as process")).to_be_visible()
    assert watched.sent("POST", "/jobs") == 1


def test_a_lost_connection_costs_no_job_and_makes_none_twice(watch: Watch, host: RunningHost) -> None:
    watched = watch(host)
    page = watched.open("/apps/sleeper")
    jobs = page.request.get(f"{host.url}/v1/jobs?app=sleeper").json()["jobs"]
    page.locator("#field-seconds").fill("3")

    def lose(route: Route) -> None:
        """The host has got it, and its answer is lost."""
        route.fetch()
        page.context.set_offline(True)
        route.abort("internetdisconnected")

    page.route("**/jobs?keep_inputs=true", lose, times=1)
    page.route("**/events", lambda route: route.abort("internetdisconnected"), times=1)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("The host does not answer. Check the network")).to_contain_text("Trying again in")
    page.context.set_offline(False)
    expect(page.get_by_text("The connection is lost; the job goes on.")).to_be_visible()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    watched.results()
    expect(page.get_by_text("slept as process")).to_be_visible()
    assert watched.sent("POST", "/jobs") == 2
    assert len(page.request.get(f"{host.url}/v1/jobs?app=sleeper").json()["jobs"]) == len(jobs) + 1
    assert all("ERR_INTERNET_DISCONNECTED" in error for error in watched.errors)
    watched.errors.clear()


def test_a_connection_that_falls_silent_is_noticed(watch: Watch, host: RunningHost) -> None:
    watched = watch(host)
    watched.page.clock.install()
    page = watched.open("/apps/sleeper")
    page.locator("#field-seconds").fill("4")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text(re.compile(r"slept \d"))).to_be_visible()
    host.process.send_signal(signal.SIGSTOP)  # its kernel still takes connections, as a proxy of a host that hangs
    try:
        page.clock.fast_forward(21_000)  # another connection is tried
        page.clock.fast_forward(21_000)
        expect(page.get_by_text("The connection is lost; the job goes on.")).to_be_visible()
    finally:
        host.process.send_signal(signal.SIGCONT)
    page.clock.fast_forward(3_000)
    watched.results()
    expect(page.get_by_text("slept as process")).to_be_visible()


def test_a_job_is_cancelled_and_what_was_entered_stays(watch: Watch, host: RunningHost) -> None:
    watched = watch(host)
    page = watched.open("/apps/sleeper")
    page.locator("#field-seconds").fill("50")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Running")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_focused()
    expect(page.locator("#field-seconds")).to_have_value("50")
    assert watched.sent("DELETE", "/v1/jobs/") == 1


def tab_to(page: Page, target: Locator) -> None:
    """Go there as who has no mouse does."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        if target.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"{target} is not reached by Tab")


def test_all_is_done_by_keyboard(watch: Watch, host: RunningHost, scan: bytes) -> None:
    watched = watch(host, viewport=SMALL)
    watched.page.on("filechooser", lambda chooser: None)  # from here on Playwright listens: a key is quick
    page = watched.open("/apps/threshold")
    page.locator("#viewer canvas").first.wait_for()
    tab_to(page, page.get_by_role("button", name="Image: choose a file"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "body.nii.gz", "mimeType": "", "buffer": scan})
    expect(page.get_by_role("button", name="Remove body.nii.gz")).to_be_focused()
    tab_to(page, page.locator("#field-level"))
    page.keyboard.type("0.7")
    tab_to(page, page.get_by_role("checkbox", name="Only the largest component"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Run", exact=True))
    page.keyboard.press("Enter")
    watched.results()
    readout = page.locator(".viewer-readout")
    tab_to(page, watched.canvas)
    places = [readout.inner_text()]
    for key in ("ArrowLeft", "ArrowUp", "PageUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
        expect(readout).not_to_have_text(places[-1], use_inner_text=True)
        places.append(readout.inner_text())
    assert all(re.match(r"[RL] [\d.]+ [AP] [\d.]+ [IS] [\d.]+ mm", place) for place in places)
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_have_text(re.compile(r"^[RL] .* mm"))
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Axial", exact=True)).to_have_attribute("aria-pressed", "true")
    tab_to(page, watched.layer("Show surface"))
    page.keyboard.press("Space")
    tab_to(page, watched.layer("bright"))
    marked = coloured(watched.plane("Axial")).sum()
    page.keyboard.press("Space")
    assert coloured(watched.plane("Axial")).sum() < marked - 5_000  # the crosshair has a colour, too


def test_what_is_missing_or_wrong_is_said_before_anything_is_sent(watch: Watch, host: RunningHost) -> None:
    watched = watch(host)
    page = watched.open("/apps/everything")
    page.get_by_role("button", name="Run", exact=True).click()
    field = page.locator("[data-field=fixed]")
    expect(field.locator(".wrong")).to_be_visible()
    watched.drop(field.locator(".drop"), {"holiday.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200)})
    expect(field.locator(".wrong")).to_contain_text("JPEG")
    level = page.locator("#field-level")
    level.fill("99")
    level.blur()
    expect(page.locator("[data-field=level] .wrong")).to_contain_text("10")
    assert watched.sent("POST", "/") == 0


def test_what_is_refused_is_said_beside_its_field_and_can_be_mended(
    watch: Watch, host: RunningHost, scan: bytes
) -> None:
    watched = watch(host)
    page = watched.open("/apps/threshold")
    run, wrong = page.get_by_role("button", name="Run", exact=True), page.locator("[data-field=image] .wrong")
    for name, content in (("huge.nii.gz", huge_nifti()), ("cut.nii.gz", scan[: len(scan) // 2])):
        watched.drop(page.locator(".drop"), {name: content})
        run.click()
        if name == "cut.nii.gz":  # its header is whole, so a job finds it out
            expect(page.get_by_role("heading", name="The app can't use this input")).to_be_visible()
            expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("Change what is named here")
            page.get_by_role("button", name="Change and run again").click()
        expect(wrong).to_contain_text("can't be read")
        expect(page.get_by_role("button", name=f"Remove {name}")).to_be_focused()
    assert watched.sent("POST", "/jobs") == 2
    watched.drop(page.locator(".drop"), {"body.nii.gz": scan})
    expect(wrong).to_be_hidden()
    run.click()
    watched.results()
    watched.errors.clear()  # Chromium's own lines for answers that are no 200


FAILURES = {
    "exception": ("Something went wrong in the app or the host", "Tell the administrator the reference"),
    "exit": (
        "The app's program ended in the middle",
        "The host has tried it twice: tell the administrator, or try a smaller scan.",
    ),
    "segfault": (
        "The app's program ended in the middle",
        "The host has tried it twice: tell the administrator, or try a smaller scan.",
    ),
    "nothing": ("The app gave a result that can't be used", "Tell the app's authors"),
}


def test_each_kind_of_failure_has_a_next_step(watch: Watch, host: RunningHost, http: httpx.Client) -> None:
    jobs = {how: submit(http, "faulty", how=how) for how in FAILURES}
    watched = watch(host)
    for how, (title, step) in FAILURES.items():
        failed = ended(http, jobs[how])
        page = watched.open(f"/jobs/{jobs[how]}")
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        alert = page.get_by_role("alert").filter(visible=True)
        expect(alert).to_contain_text(failed["error"]["detail"])
        expect(alert).to_contain_text(step)
        assert "/a/patient/folder" not in page.content()
    page.get_by_role("button", name="Change and run again").click()
    expect(page.get_by_role("radio", name="nothing")).to_be_checked()
    page.get_by_role("radio", name="fine").check()
    page.get_by_role("button", name="Run", exact=True).click()
    watched.results()
