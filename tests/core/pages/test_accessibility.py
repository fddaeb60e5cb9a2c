"""axe-core, which knows the rules of WCAG that a machine can check, on every page, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from access_keys import make_key
from browser import Watched
from calls import ended, submit
from hosts import RunningHost
from images import ball, file_of

Watch = Callable[..., Watched]
WIDE: dict[str, Any] = {"color_scheme": "light"}
NARROW: dict[str, Any] = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
TABLET: dict[str, Any] = {"color_scheme": "dark", "viewport": {"width": 820, "height": 1180}}


def violations(page: Page) -> list[str]:
    """What axe-core finds, a line each."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("look", [WIDE, NARROW, TABLET], ids=["wide-light", "narrow-dark", "tablet-dark"])
def test_pages_with_what_they_have(watch: Watch, host: RunningHost, http: httpx.Client, look: dict[str, Any]) -> None:
    job = submit(http, "everything", fixed=file_of(ball()), points="1,2,3;4,5,6")
    assert ended(http, job)["state"] == "succeeded"
    watched = watch(host, bypass_csp=True, **look)
    for path in ("/", "/?q=nothing-is-called-so", "/jobs?of=all", "/apps/everything", f"/jobs/{job}", "/jobs/none"):
        page = watched.open(path)
        if path == f"/jobs/{job}":
            watched.results()
            for fold in page.locator("summary").all():
                fold.click()
        assert (path, violations(page)) == (path, [])
        assert (path, overflow(page)) == (path, 0)
    watched.errors.clear()  # Chromium's own line for the 404


def test_the_form_with_all_that_is_wrong(watch: Watch, host: RunningHost) -> None:
    watched = watch(host, bypass_csp=True)
    page = watched.open("/apps/everything")
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("[data-field=fixed] .wrong").wait_for()
    assert violations(page) == []


def test_signing_in_and_a_session_that_ends(watch: Watch, keyed_host: RunningHost) -> None:
    watched = watch(keyed_host, bypass_csp=True, **NARROW)
    page = watched.open("/jobs")
    assert violations(page) == []
    page.get_by_label("Key").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()
    assert violations(page) == []
    page.get_by_label("Key").fill(make_key(keyed_host, "anna", apps="echo"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/jobs")
    watched.open("/apps/echo")
    page.get_by_label("number").first.wait_for()
    page.context.clear_cookies()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Sign in again").first.wait_for()
    assert violations(page) == []
    watched.errors.clear()  # Chromium's own lines for answers that are no 200
