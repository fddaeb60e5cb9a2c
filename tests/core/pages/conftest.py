"""A browser for the tests of pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from browser import Watched, chromium
from hosts import RunningHost

Watch = Callable[..., Watched]

if "TOMAAT_TEST_PICTURES" not in os.environ:
    collect_ignore = ["test_pictures.py"]  # it shows what the others check, and takes a minute for it


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser; each test has pages of its own in it."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watch]:
    """Open a page that is watched, with Playwright's options of a context. At the end of a test it fails for requests
    that left the host, and for errors that the test did not take out of ``errors``."""
    opened: list[Watched] = []

    def open_page(host: RunningHost, **options: Any) -> Watched:
        settings = {"viewport": {"width": 1280, "height": 860}, "locale": "en-GB", "timezone_id": "UTC"}
        context = browser.new_context(**(settings | options))
        opened.append(Watched(context.new_page(), host.url))
        return opened[-1]

    yield open_page
    for watched in opened:
        watched.page.context.close()
    assert [each for watched in opened for each in watched.foreign] == []
    assert [each for watched in opened for each in watched.errors] == []
