"""The lists of apps and jobs in a browser, and signing in."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from access_keys import make_key
from browser import Watched
from calls import ended, submit
from hosts import RunningHost
from images import ball, file_of

Watch = Callable[..., Watched]


def listed(page: Page) -> set[str]:
    """The apps on the page."""
    return {str(each.get_attribute("data-app")) for each in page.locator("[data-app]").all()}


def test_apps_are_found_as_one_types(watch: Watch, host: RunningHost) -> None:
    watched = watch(host)
    page = watched.open("/")
    everything = listed(page)
    assert {"brain", "threshold", "spleen", "echo"} <= everything
    page.get_by_role("searchbox").press_sequentially("zero every voxel")
    expect(page.locator("[data-app]")).to_have_count(1)
    expect(page.locator("#said")).to_have_text(re.compile("^1 of "))
    assert listed(page) == {"positive"}
    assert page.url == f"{host.url}/?q=zero+every+voxel"
    page.get_by_role("link", name="show all").click()
    modality = page.get_by_role("navigation", name="Filters").get_by_role("link", name=re.compile("^MR"))
    modality.click()
    expect(page.locator("[data-app=brain]")).to_be_visible()
    assert "spleen" not in listed(page)
    modality.click()  # taken away again
    expect(page.locator("[data-app]")).to_have_count(len(everything))
    page.get_by_role("searchbox").fill("brain")
    expect(page.locator("[data-app=echo]")).to_have_count(0)
    page.get_by_role("link", name="Brain extraction").click()
    expect(page).to_have_url(f"{host.url}/apps/brain")


def test_apps_and_jobs_without_javascript(watch: Watch, host: RunningHost, http: httpx.Client) -> None:
    job = submit(http, "echo", number=7)
    ended(http, job)
    watched = watch(host, java_script_enabled=False)
    page = watched.open("/")
    page.get_by_role("searchbox").fill("voxel zero")
    page.get_by_role("button", name="Search").click()
    assert listed(page) == {"positive"}
    page.get_by_role("link", name="show all").click()
    page.get_by_role("navigation", name="Filters").get_by_role("link", name=re.compile("^MR")).click()
    assert "brain" in listed(page)
    assert "spleen" not in listed(page)
    page.get_by_role("link", name="My jobs").click()
    page.locator(f"#job-{job}").get_by_role("link").click()
    expect(page).to_have_url(f"{host.url}/jobs/{job}")
    assert "This page needs JavaScript" in page.content()  # Chromium shows no noscript where a test forbids scripts


def test_my_jobs_are_those_of_this_browser(watch: Watch, host: RunningHost, http: httpx.Client) -> None:
    other = submit(http, "echo", number=3)
    watched = watch(host)
    page = watched.open("/jobs")
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    own = []
    for app in ("positive", "echo"):
        watched.open(f"/apps/{app}")
        if app == "positive":
            watched.drop(page.locator(".drop"), {"ball.nii.gz": file_of(ball())})
        page.get_by_role("button", name="Run", exact=True).click()
        watched.results()
        own.append(page.url.rpartition("/")[2])
    page.get_by_role("link", name="My jobs").click()
    rows = page.locator("#jobs tbody tr").filter(visible=True)
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_role("link")).to_have_text("echo")
    expect(rows.first).to_contain_text("done")
    expect(rows.first.locator("time").first).to_have_text("just now")
    rows.last.get_by_role("link").click()
    watched.results()
    expect(page.locator(".viewer-readout")).to_contain_text("mm")  # the scan, which the host has kept
    expect(watched.layer("Show Image")).to_be_visible()
    expect(watched.layer("positive")).to_be_checked()
    page.go_back()
    page.locator("#filter").get_by_label("App").select_option("echo")
    expect(rows).to_have_count(1)
    page.locator("#filter").get_by_label("App").select_option("")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This can't be undone.")
    dialog.get_by_role("button", name="Keep").click()
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(1)
    expect(rows.get_by_role("button", name="Delete")).to_be_focused()
    assert [http.get(f"/v1/jobs/{job}").status_code for job in (*own, other)] == [200, 404, 200]
    watched.open("/jobs?of=all")
    expect(page.locator(f"#job-{other}")).to_be_visible()
    watched.open(f"/jobs/{own[1]}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    watched.errors.clear()  # Chromium's own line for the 404


def test_a_key_is_given_once_and_shows_what_is_its_own(watch: Watch, keyed_host: RunningHost) -> None:
    anna, bob = (watch(keyed_host) for _ in range(2))
    for watched, name in ((anna, "anna"), (bob, "bob")):
        page = watched.open("/jobs?app=echo")
        page.get_by_label("Key").fill(make_key(keyed_host, f"lists {name}"))
        page.get_by_label("Key").press("Enter")
        expect(page).to_have_url(f"{keyed_host.url}/jobs?app=echo")
        expect(page.get_by_text(f"lists {name}")).to_be_visible()
    anna.open("/apps/echo")
    anna.page.locator("#field-number").fill("4")
    anna.page.get_by_role("button", name="Run", exact=True).click()
    anna.results()
    expect(anna.page.get_by_text("one 4")).to_be_visible()
    job = anna.page.url.rpartition("/")[2]
    anna.open("/jobs")
    expect(anna.page.locator(f"#job-{job}")).to_be_visible()
    bob.open("/jobs?of=all")
    expect(bob.page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    bob.open(f"/jobs/{job}")
    expect(bob.page.get_by_role("heading", level=1)).to_have_text(re.compile("not found", re.IGNORECASE))
    assert "one 4" not in bob.page.content()
    assert "httpOnly" in str(anna.page.context.cookies()[0])
    assert anna.page.evaluate("() => document.cookie") == ""
    anna.page.get_by_role("button", name="Sign out").click()
    expect(anna.page.get_by_role("heading", name="Sign in")).to_be_visible()
    anna.open(f"/jobs/{job}")
    expect(anna.page.get_by_role("heading", name="Sign in")).to_be_visible()
    for watched in (anna, bob):
        watched.errors.clear()  # Chromium's own lines for answers that are no 200
