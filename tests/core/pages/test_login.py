"""Signing in and out, as a browser without JavaScript does it."""

from __future__ import annotations

import httpx
import pytest

from access_keys import caller, make_key
from hosts import RunningHost
from markup import Page


def test_one_comes_to_the_page_that_one_wanted_and_signs_out(keyed_host: RunningHost) -> None:
    own = {"Origin": keyed_host.url}
    with caller(keyed_host) as browser:
        asked = browser.get("/jobs?state=failed", headers={"Accept": "text/html"})
        form = Page(asked.text)
        assert (asked.status_code, form.all("nav")) == (401, [])
        [wanted] = form.all("input", name="next")
        wrong = browser.post("/login", data={"key": "wrong", "next": wanted.attributes["value"]}, headers=own)
        assert Page(wrong.text).all("p", role="alert")
        [again] = Page(wrong.text).all("input", name="next")
        given = {"key": f" {make_key(keyed_host)} ", "next": again.attributes["value"]}
        done = browser.post("/login", data=given, headers=own)
        assert (done.status_code, done.headers["Location"]) == (303, "/jobs?state=failed")
        # Told to send no referrer at all, browsers would send the forms below as a stranger's.
        assert browser.get("/").headers["Referrer-Policy"] == "same-origin"
        assert browser.post("/logout", headers={"Origin": "null"}).status_code == 403
        assert browser.get("/jobs").status_code == 200
        assert browser.post("/logout", headers=own).headers["Location"] == "/"
        assert browser.get("/jobs").status_code == 401


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "jobs", "/a\nb", ""]
)
def test_signing_in_leads_nowhere_else(keyed_host: RunningHost, lean: httpx.Client, elsewhere: str) -> None:
    with caller(keyed_host) as browser:
        [wanted] = Page(browser.get("/login", params={"next": elsewhere}).text).all("input", name="next")
        assert wanted.attributes["value"] == "/"
    assert lean.get("/login", params={"next": elsewhere}).headers["Location"] == "/"  # nobody is asked there
