"""How soon a page is there in a browser, what it weighs, and how soon a result is seen."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from measuring import Figure, benchmark, median
from serving import HERE, ROOT, running_host, scratch

sys.path.insert(0, str(ROOT / "tests"))  # the tests' browser is ours too
from playwright.sync_api import Browser, Page

from browser import PATIENCE, chromium

VENDOR = ROOT / "core" / "tomaat" / "pages" / "vendor"
VIEWER = "/vendor/niivue/"
SIZE = 256
FIRST_PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
    const painted = list.getEntriesByName("first-contentful-paint")[0];
    if (painted) resolve(painted.startTime);
}).observe({ type: "paint", buffered: true }))"""
WEIGHT = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map((each) => [new URL(each.name).pathname, each.encodedBodySize])"""
REST = 1000.0
"""Milliseconds after which the viewer has begun to draw the scan in 3-D, too."""
TO_OVERLAY = "() => performance.measure('', 'tomaat:answered', 'tomaat:overlay').duration"


@benchmark(repetitions=3)
def main(repetitions: int) -> list[Figure]:
    """An app's page in Chromium with an empty cache: first contentful paint, bytes on the wire; and a label volume of
    256 x 256 x 256 from the job's last event to the overlay on the screen, over a scan that one sees, drawn without a
    graphics card. Beside it: the host's own Swagger UI, and NiiVue's bare page with the same files."""
    ours, theirs, overlay, bare = [], [], [], []
    weight = viewer = 0
    with scratch() as folder, running_host() as host, chromium() as browser, _bare_page(folder) as bare_url:
        scan = _scan(folder)
        _paint(browser, f"{host.url}/docs")  # a browser's first page waits for the browser itself
        for _ in range(repetitions):
            painted, loaded = _paint(browser, f"{host.url}/apps/threshold")
            ours.append(painted)
            theirs.append(_paint(browser, f"{host.url}/docs")[0])
            weight = sum(size for path, size in loaded if VIEWER not in path)
            viewer = sum(size for path, size in loaded if VIEWER in path)
            overlay.append(_overlay(browser, f"{host.url}/apps/threshold", scan))
            bare.append(_bare_overlay(browser, bare_url))
    return [
        Figure(
            "page: first paint, cold cache",
            median(ours) / 1e3,
            "s",
            "Swagger UI of the same host",
            median(theirs) / 1e3,
            limit=1.0,
        ),
        Figure("page: bytes beside NiiVue", weight / 1e3, "kB", "NiiVue itself", viewer / 1e3, limit=100.0),
        Figure(f"from answer to overlay, {SIZE}³", median(overlay), "s", "NiiVue's bare page", median(bare), limit=2.0),
    ]


@contextmanager
def _new_page(browser: Browser) -> Iterator[Page]:
    """A page in a context of its own: with an empty cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def _paint(browser: Browser, url: str) -> tuple[float, list[tuple[str, int]]]:
    """Milliseconds until something was painted; what was loaded, with its size on the wire."""
    with _new_page(browser) as page:
        page.goto(url, wait_until="networkidle")
        return page.evaluate(FIRST_PAINT), page.evaluate(WEIGHT)


def _overlay(browser: Browser, url: str, scan: Path) -> float:
    with _new_page(browser) as page:
        page.goto(url)
        page.locator("input[type=file]").first.set_input_files(scan)
        page.locator(".viewer-readout", has_text="mm").wait_for()
        page.wait_for_timeout(REST)
        page.locator("#viewer canvas").first.screenshot()  # which waits for what the browser still draws
        page.get_by_role("button", name="Run", exact=True).click()
        page.wait_for_selector("html[data-shown]")
        return float(page.evaluate(TO_OVERLAY)) / 1e3


def _bare_overlay(browser: Browser, url: str) -> float:
    with _new_page(browser) as page:
        page.goto(url)
        page.wait_for_selector("html[data-milliseconds]")
        return float(page.locator("html").get_attribute("data-milliseconds") or "nan") / 1e3


@contextmanager
def _bare_page(folder: Path) -> Iterator[str]:
    """NiiVue, a scan, its labels and nothing else, at a URL."""
    (folder / "niivue.js").write_bytes((VENDOR / "niivue" / "index.js").read_bytes())
    (folder / "index.html").write_bytes((HERE / "peers" / "niivue_page.html").read_bytes())
    labels = sitk.Cast(sitk.ReadImage(str(_scan(folder))) > 400, sitk.sitkUInt8)
    sitk.WriteImage(labels, str(folder / "labels.nii.gz"), True)
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def _scan(folder: Path) -> Path:
    """A bright ball in noise."""
    path = folder / "scan.nii.gz"
    if not path.exists():
        z, y, x = np.ogrid[:SIZE, :SIZE, :SIZE]
        ball = (z - 128) ** 2 + (y - 120) ** 2 + (x - 140) ** 2 < 70**2
        noise = np.random.default_rng(0).normal(0, 20, (SIZE, SIZE, SIZE))
        sitk.WriteImage(sitk.GetImageFromArray((ball * 800 + noise).astype(np.int16)), str(path), True)
    return path


if __name__ == "__main__":
    main()
