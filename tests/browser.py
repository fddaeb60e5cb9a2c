"""A real Chromium, and what tests do in it. Nothing that a page does goes unseen: see :class:`Watched`."""

from __future__ import annotations

import base64
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--use-angle=swiftshader",  # WebGL 2 without a graphics card
    "--enable-unsafe-swiftshader",
)
PATIENCE = 60_000.0
"""Milliseconds for what a page waits for: a worker's first start takes half a minute on a machine that is very busy."""
DROP = """(target, files) => {
    const carried = new DataTransfer();
    for (const [name, content] of Object.entries(files)) {
        carried.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
    }
    for (const type of ["dragenter", "dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }));
    }
}"""

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""What has changed is on the screen by then."""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser of this machine, with more command-line arguments."""
    path = os.environ.get("TOMAAT_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        reason = (
            "The tests of pages drive Chromium: install it (apt-get install chromium), or set TOMAAT_TEST_CHROMIUM."
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
        yield browser
        browser.close()


class Watched:
    """A page of which nothing goes unseen.

    :ivar errors: what its console had of errors, and what its scripts raised.
    :ivar foreign: requests to other hosts.
    :ivar requests: all its requests, as ``POST /v1/apps/echo/jobs``.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda told: self.errors.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.method, request.url))

    def _note(self, method: str, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("blob", "data"):
            return
        if f"{parts.scheme}://{parts.netloc}" != self.url:
            self.foreign.append(url)
        self.requests.append(f"{method} {parts.path}")

    def open(self, path: str) -> Page:
        """Go to a page of the host."""
        self.page.goto(self.url + path)
        return self.page

    def sent(self, method: str, part: str) -> int:
        """How many requests with this method went to paths with ``part`` in them."""
        return sum(each.startswith(f"{method} ") and part in each for each in self.requests)

    def drop(self, target: Locator, files: Mapping[str, bytes]) -> None:
        """Drop files on something, as a hand with a mouse does."""
        target.evaluate(DROP, {name: base64.b64encode(content).decode() for name, content in files.items()})

    def results(self) -> None:
        """Wait until a job's results are on the screen."""
        self.page.wait_for_selector("html[data-shown]")

    @property
    def canvas(self) -> Locator:
        """Where the viewer draws."""
        return self.page.locator("#viewer canvas").first

    def layer(self, title: str) -> Locator:
        """The box that switches a layer of the viewer, or a label."""
        return self.page.locator("#viewer").get_by_role("checkbox", name=title, exact=True)

    def plane(self, name: str) -> NDArray[np.int16]:
        """What the viewer shows of one plane, as it is now: "Axial", "Coronal" or "Sagittal"."""
        button = self.page.get_by_role("button", name=name, exact=True)
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        self.page.evaluate(TWO_FRAMES)
        return pixels(self.canvas)


def pixels(place: Locator) -> NDArray[np.int16]:
    """What is seen at a place of the page: height x width x red, green, blue."""
    with Image.open(io.BytesIO(place.screenshot())) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.int16)


def coloured(seen: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Where a colour is seen, and not the grey of a scan."""
    return (seen.max(axis=2) - seen.min(axis=2)) > 40


def like(seen: NDArray[np.int16], colour: str) -> NDArray[np.bool_]:
    """Where a colour such as ``#e6194b`` is seen, in whatever light."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], float)
    lengths = np.linalg.norm(seen, axis=2)
    alike = seen @ (wanted / np.linalg.norm(wanted)) > 0.98 * lengths
    return np.asarray(alike & (lengths > 60))


def picture(page: Page, name: str, tmp_path: Path) -> Path:
    """Keep a screenshot: with ``TOMAAT_TEST_PICTURES`` in that folder, from where the docs have theirs."""
    folder = Path(os.environ.get("TOMAAT_TEST_PICTURES") or tmp_path)
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    return path
