"""The list of jobs, as the host makes it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from access_keys import caller, make_key
from calls import submit, until
from hosts import RunningHost
from markup import Element, Page


@pytest.fixture
def anna(keyed_host: RunningHost) -> Iterator[httpx.Client]:
    with caller(keyed_host, make_key(keyed_host, "anna")) as client:
        yield client


def ended(client: httpx.Client, job: str) -> str:
    until(lambda: client.get(f"/v1/jobs/{job}").json()["finished"])
    return job


def rows(client: httpx.Client, **query: str) -> dict[str, Element]:
    listed = Page(client.get("/jobs", params=query).text)
    return {each.attributes["data-job"]: each for each in listed.all("tr") if "data-job" in each.attributes}


def test_a_key_s_jobs_are_listed_newest_first_and_by_app_and_state(anna: httpx.Client, keyed_host: RunningHost) -> None:
    with caller(keyed_host, make_key(keyed_host, "bob", admin=True)) as bob:
        done, failed = ended(anna, submit(anna, "echo")), ended(anna, submit(anna, "faulty", how="exception"))
        others = ended(bob, submit(bob, "echo"))
        running = submit(anna, "sleeper", seconds=60)
        mine = rows(anna)
        assert list(mine) == [running, failed, done]
        assert [("data-final" in row.attributes) for row in mine.values()] == [False, True, True]
        assert "done" in mine[done].text
        assert "5 Bytes" in mine[done].text  # its answer
        assert "UTC" in mine[done].text
        assert anna.get(f"/v1/jobs/{failed}").json()["error"]["detail"] in mine[failed].text
        assert Page(anna.get("/jobs").text).all("a", href=f"/jobs/{done}")
        assert list(rows(anna, app="echo")) == [done]
        assert list(rows(anna, state="failed")) == [failed]
        assert list(rows(anna, of="all")) == list(mine)  # not for who is no administrator
        assert list(rows(bob)) == [others]
        assert {done, failed, others, running} <= set(rows(bob, of="all"))
        anna.delete(f"/v1/jobs/{running}")
        assert "No job is like that" in anna.get("/jobs", params={"state": "running"}).text
        assert anna.get("/jobs", params={"state": "no such", "app": "<b>"}).status_code == 200


def test_where_nobody_is_asked_a_script_finds_the_browser_s_own(lean: httpx.Client) -> None:
    job = ended(lean, submit(lean, "echo"))
    assert job in rows(lean)
    [listed] = Page(lean.get("/jobs").text).all("div", id="jobs")
    assert listed.attributes["data-of"] == "browser"
    [everyone] = Page(lean.get("/jobs?of=all").text).all("div", id="jobs")
    assert everyone.attributes["data-of"] == ""


def test_a_job_that_is_not_one_s_own_is_a_page_that_says_so(anna: httpx.Client, keyed_host: RunningHost) -> None:
    with caller(keyed_host, make_key(keyed_host, "eve")) as eve:
        answer = eve.get(f"/jobs/{submit(anna, 'echo')}", headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert "There is no such job" in Page(answer.text).all("main")[0].text
