"""A browser that can't draw in 3-D: the same page, with plain slices that the host draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from browser import Watched, chromium, coloured, pixels
from calls import until
from hosts import RunningHost
from images import body, file_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without WebGL."""
    with chromium("--disable-3d-apis") as browser:
        yield browser


def test_the_result_is_seen_in_slices(watch: Callable[..., Watched], host: RunningHost) -> None:
    watched = watch(host)
    page = watched.open("/apps/threshold")
    expect(page.locator(".slices-why")).to_contain_text("WebGL 2 is missing or switched off")
    watched.drop(page.locator(".drop"), {"body.nii.gz": file_of(body())})
    expect(page.locator(".slices-message")).to_have_text("The scan is shown with the result.")
    page.get_by_role("button", name="Run", exact=True).click()
    watched.results()
    expect(page.get_by_role("row", name="bright")).to_be_visible()
    for plane in ("axial", "coronal", "sagittal"):
        frame = page.locator(f".slices-{plane} .slices-frame")
        slider = page.get_by_role("slider", name=f"{plane} slice")
        slider.fill("18")
        until(lambda frame=frame: coloured(pixels(frame)).sum() > 2_000)
        slider.focus()
        page.keyboard.press("End")
        until(lambda frame=frame: coloured(pixels(frame)).sum() == 0)
        expect(page.get_by_text(f"{plane.capitalize()} slice: picture 32 of 32")).to_be_visible()
    assert watched.sent("GET", "/vendor/niivue/") == 0
    page.reload()
    watched.results()
    expect(page.locator(".slices img")).to_have_count(3)
    expect(page.get_by_text("Compare with another result")).to_have_count(0)
