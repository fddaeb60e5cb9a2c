"""The pages for people, as a browser without JavaScript gets them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from calls import until
from hosts import RunningHost
from markup import Page
from postgresql import PostgreSQL
from services import RunningService, announcement
from tomaat_announce.routes.shown import span

PAGE_URL = "https://gpu1.example:9001/apps/liver"
NASTY = "<script>alert(1)</script>"


@dataclass
class Registry:
    """A service with endpoints."""

    service: RunningService
    key: str
    sids: dict[str, str] = field(default_factory=dict)

    def announce(self, name: str, **fields: object) -> str:
        said = announcement(base=f"http://127.0.0.1:9/{len(self.sids)}", name=name, api_key=self.key, **fields)
        response = httpx.post(f"{self.service.url}/v1/endpoints", json=said)
        assert response.status_code == 201, response.text
        self.sids[name] = response.json()["sid"]
        return self.sids[name]

    def page(self, path: str = "/", status: int = 200) -> Page:
        response = httpx.get(self.service.url + path, timeout=30)
        assert response.status_code == status, response.text
        assert response.headers["content-type"].startswith("text/html")
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        return Page(response.text)


@pytest.fixture
def empty(start_service: Callable[..., RunningService]) -> Registry:
    service = start_service(environment={"TOMAAT_ANNOUNCE_CHECK_INTERVAL": "0"})
    return Registry(service, service.make_key())


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    service = RunningService(home=tmp_path_factory.mktemp("home"), environment={"TOMAAT_ANNOUNCE_CHECK_INTERVAL": "0"})
    service.start()
    registry = Registry(service, service.make_key())
    registry.announce(
        "Spleen", description="Finds it.\nIn any <b>CT</b>.", card={"intended_use": "Research", "x": NASTY}
    )
    registry.announce("Liver", anatomy="Liver", page_url=PAGE_URL)
    registry.announce("Vessels", anatomy="Liver", modality="ct", description="Vessels of the liver")
    registry.announce("Brain", anatomy="Brain", modality="MR")
    registry.announce(NASTY, anatomy=NASTY, modality='"><img src=x>', task="{{ 7 * 7 }}", description=NASTY)
    registry.announce(
        "Old",
        prediction_url="https://old.example:9001/predict",
        interface_url="https://old.example:9001/interface",
        anatomy="",
    )
    return registry


@pytest.fixture(scope="module", autouse=True)
def stopped(registry: Registry) -> object:
    yield
    registry.service.stop()


def test_an_empty_registry_says_what_to_do(empty: Registry) -> None:
    page = empty.page()
    commands = [each.text for each in page.all("code")]
    assert "tomaat-announce keys create --owner NAME" in commands
    assert any(f"--announce {empty.service.url} " in command for command in commands)
    assert [each.attributes["aria-label"] for each in page.all("nav")] == ["Main"]


def test_a_new_endpoint_is_there_at_once_with_its_counts(empty: Registry) -> None:
    for number in range(1, 4):
        empty.announce(f"Spleen {number}")
        page = empty.page()
        assert page.all("h2")[-1].text == f"{number} endpoint{'s' if number > 1 else ''}"


def test_all_are_listed_with_what_one_needs_to_call_them(registry: Registry) -> None:
    page = registry.page()
    assert page.names == ["Spleen", "Liver", "Vessels", "Brain", NASTY, "Old"]
    spleen = page.all("article")[0].text
    sid = registry.sids["Spleen"]
    for part in (f"tomaat predict {sid} --registry {registry.service.url} -i NAME=FILE", "127.0.0.1:9", "not checked"):
        assert part in spleen
    assert "less than a minute ago" in spleen
    assert "tomaat predict" not in page.all("article")[-1].text  # an app without a name


def test_from_an_endpoint_one_goes_to_its_page_on_its_host(registry: Registry) -> None:
    for path in ("/", f"/endpoints/{registry.sids['Liver']}"):
        [link] = registry.page(path).all("a", href=PAGE_URL)
        assert link.text.startswith("Open")
        assert link.attributes["rel"] == "noopener noreferrer nofollow"
    has_said_none = registry.page(f"/endpoints/{registry.sids['Spleen']}")
    assert not has_said_none.all("a", **{"class": "button"})


def test_only_the_page_s_own_style_is_let_in(registry: Registry) -> None:
    answer = httpx.get(registry.service.url)
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=", answer.text)


def test_it_is_a_page_that_assistive_technology_can_follow(registry: Registry) -> None:
    page = registry.page("/?modality=CT")
    assert page.all("html", lang="en")
    assert len(page.all("main")) == len(page.all("h1")) == len(page.all("header")) == 1
    assert all(each.attributes.get("aria-label") for each in page.all("nav"))
    assert all(each.attributes.get("aria-label") for each in page.all("input", type="search"))
    assert page.all("a", href="#list")
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    [chosen] = page.all("a", **{"aria-current": "true"})
    assert chosen.text.startswith("CT")


def test_it_loads_nothing_and_runs_nothing(registry: Registry) -> None:
    for path in ("/", f"/endpoints/{registry.sids['Spleen']}", "/?text=nothing+like+it", "/endpoints/nobody"):
        html = httpx.get(registry.service.url + path).text
        page = Page(html)
        assert not page.all("script")
        assert not page.all("img")
        assert all(each.attributes["href"].startswith("data:") for each in page.all("link"))
        assert not re.search(r"url\(|@import", html)
        assert not any(name.startswith("on") for each in page.elements for name in each.attributes)


@pytest.mark.parametrize(
    "path", ["/", "/?text=script", "/endpoints/SID", "/?anatomy=%3Cscript%3Ealert(1)%3C%2Fscript%3E"]
)
def test_what_hosts_say_is_text(registry: Registry, path: str) -> None:
    page = registry.page(path.replace("SID", registry.sids[NASTY]))
    assert not page.all("script")
    assert not page.all("img")
    main = page.all("main")[0].text
    assert NASTY in main
    assert '"><img src=x>' in main
    assert "{{ 7 * 7 }}" in main


def test_a_filter_is_shown_as_it_was_asked(registry: Registry) -> None:
    page = registry.page("/?text=%22%3E%3Cscript%3E&modality=%22%3E%3Cimg%3E")
    assert page.all("input", name="text", value='"><script>')
    assert page.all("input", name="modality", value='"><img>')
    assert "Nothing here is like that" in page.all("main")[0].text


def test_facets_lead_to_those_alone_and_back(registry: Registry) -> None:
    page = registry.page()
    liver = registry.page(page.link("Liver2"))
    assert liver.names == ["Liver", "Vessels"]
    both = registry.page(liver.link("CT2"))  # in any case
    assert both.names == ["Liver", "Vessels"]
    assert registry.page(both.link("Liver✕")).names == ["Spleen", "Liver", "Vessels", "Old"]
    assert registry.page(both.link("show all")).names == page.names


def test_a_search_keeps_the_filters(registry: Registry) -> None:
    page = registry.page("/?anatomy=liver")
    assert page.all("input", type="hidden", name="anatomy", value="liver")
    assert registry.page("/?anatomy=liver&text=vessels").names == ["Vessels"]


def test_what_says_nothing_of_itself_is_counted_but_is_no_filter(registry: Registry) -> None:
    page = registry.page()
    assert [each.text for each in page.all("li") if each.text.startswith("not said")] == ["not said1"]


def test_one_that_is_away_is_shown_with_since_when(start_service: Callable[..., RunningService]) -> None:
    service = start_service()
    Registry(service, service.make_key()).announce("Spleen")
    until(lambda: "unreachable for less than a minute" in httpx.get(service.url).text)
    assert Page(httpx.get(service.url).text).all("span", **{"class": "state unreachable"})


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (7199, "1 hour"),
        (86400 * 3.9, "3 days"),
    ],
)
def test_a_time_that_has_passed_is_said_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_those_that_answer_can_be_had_alone(registry: Registry) -> None:
    page = registry.page(registry.page().link("alive"))
    assert page.names == []
    assert registry.page(page.link("alive")).names != []


def test_pages_follow_each_other(empty: Registry) -> None:
    for number in range(65):
        empty.announce(f"App {number}", anatomy=f"Organ {number % 20}")
    page, names = empty.page("/?text=app"), []
    assert page.all("h2")[-1].text.startswith("65 endpoints")
    assert "12 more" in [each.text for each in page.all("summary")]
    while True:
        names += page.names
        following = [each.attributes["href"] for each in page.all("a", rel="next nofollow")]
        if not following:
            break
        assert parse_qs(urlsplit(following[0]).query)["text"] == ["app"]
        page = empty.page(following[0])
    assert names == [f"App {number}" for number in range(65)]
    assert empty.page(page.link("First page")).names == names[:30]
    assert "That was all" in empty.page("/?after=99999999").all("main")[0].text


def test_the_page_of_one_tells_all_of_it(registry: Registry) -> None:
    own = f"/endpoints/{registry.sids['Spleen']}"
    assert [each.text for each in registry.page().all("a", href=own)] == ["Spleen"]
    page = registry.page(own)
    text = page.all("main")[0].text
    for part in (
        "Finds it.\nIn any <b>CT</b>.",
        "intended use",
        "Research",
        "http://127.0.0.1:9/0/predict",
        registry.sids["Spleen"],
    ):
        assert part in text
    [interface] = [each for each in page.all("a") if each.text == "http://127.0.0.1:9/0/interface"]
    assert interface.attributes["href"] == "http://127.0.0.1:9/0/interface"
    assert {"noopener", "noreferrer"} <= set(interface.attributes["rel"].split())
    assert "http://127.0.0.1:9/0" in [each.text for each in page.all("code")]  # for TOMAAT-Slicer
    assert f"{registry.service.url}/discover" in text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/endpoints/nobody", 404), ("/?after=x", 422), (f"/?text={'x' * 300}", 422), ("/?alive=maybe", 422)],
)
def test_an_error_is_a_page_with_a_sentence(registry: Registry, path: str, status: int) -> None:
    page = registry.page(path, status)
    assert page.all("p")[-2].text.endswith(".")
    assert page.link("All endpoints") == "/"


def test_a_database_that_is_away_is_a_page_too(
    postgresql: PostgreSQL, start_service: Callable[..., RunningService]
) -> None:
    service = start_service(database=postgresql.new_database())
    postgresql.stop()
    try:
        response = httpx.get(service.url, timeout=30)
    finally:
        postgresql.start()
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert "database is away" in Page(response.text).all("main")[0].text


def test_inside_a_host_it_has_a_place_of_its_own(start_host: Callable[..., RunningHost], lean_apps: object) -> None:
    host = start_host(path=lean_apps, config="with_announce = true")
    until(lambda: httpx.get(f"{host.url}/v1/endpoints").json()["endpoints"])  # the host's own apps
    response = httpx.get(f"{host.url}/registry")
    assert response.status_code == 200
    page = Page(response.text)
    assert page.all("form")[0].attributes["action"] == "/registry"
    assert page.link("API") == "/registry/docs"
    for name in ("API", "TOMAAT registry"):
        assert httpx.get(host.url + page.link(name)).status_code == 200
    assert httpx.get(f"{host.url}/registry/docs/openapi.json").json()["info"]["title"] == "TOMAAT announcement service"
    assert httpx.get(f"{host.url}/docs/openapi.json").json()["info"]["title"] == "TOMAAT"
    own = [each.attributes["href"] for each in page.all("a") if "/endpoints/" in each.attributes["href"]]
    assert own
    assert all(
        each.startswith("/registry/endpoints/") and httpx.get(host.url + each).status_code == 200 for each in own
    )
