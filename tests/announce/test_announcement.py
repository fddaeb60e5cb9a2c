"""What may be announced."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import announcement
from tomaat.errors import InvalidInput
from tomaat_announce.announcement import LONGEST, LONGEST_OTHER, Announcement, fold

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def refused(**fields: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        Announcement.of(announcement(**fields))
    return raised.value


def test_what_is_not_known_is_passed_over() -> None:
    assert Announcement.of(announcement(gpu="H100", api_key="secret")) == Announcement.of(announcement())


@pytest.mark.parametrize("name", ["name", "modality", "anatomy", "task", "interface_url", "prediction_url"])
def test_a_field_that_is_missing_is_named(name: str) -> None:
    error = refused(**{name: None})
    assert (error.field, error.detail) == (name, f"'{name}' is missing.")


@pytest.mark.parametrize("value", [3, ["CT"], {"a": "b"}, True])
def test_a_field_is_text(value: Any) -> None:
    assert refused(modality=value).field == "modality"


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\n", "\x7f", "\u202e", "\u2066", "\ud800", "\ue000"])
def test_a_name_has_no_control_characters(character: str) -> None:
    assert "control characters" in refused(name=f"Spl{character}een").detail


def test_a_page_may_be_said_and_is_a_link_that_is_safe() -> None:
    assert Announcement.of(announcement()).page_url == ""
    page = "https://gpu1.example:9001/apps/spleen"
    assert Announcement.of(announcement(page_url=page)).page_url == page
    for url in ("javascript:alert(1)", "file:///etc/passwd", "//host/apps/spleen", "https://a:b@host/apps/spleen"):
        assert refused(page_url=url).field == "page_url"


def test_a_description_may_have_lines() -> None:
    assert Announcement.of(announcement(description="One.\n\tTwo.")).description == "One.\n\tTwo."


def test_letters_of_all_languages_are_letters() -> None:
    assert Announcement.of(announcement(name="Milz 脾臓 الطحال (γ²)")).name == "Milz 脾臓 الطحال (γ²)"


@pytest.mark.parametrize("name", ["", " ", "\u200b", "\u2060\u00a0"])
def test_a_name_can_be_seen(name: str) -> None:
    assert refused(name=name).field == "name"


@pytest.mark.parametrize("name", ["name", "description", "prediction_url"])
def test_a_field_has_an_end(name: str) -> None:
    longest = LONGEST.get(name, LONGEST_OTHER)
    start = "https://h/" if name == "prediction_url" else ""
    said = {name: start.ljust(longest, "a")}
    assert getattr(Announcement.of(announcement(**said)), name) == said[name]
    assert f"it may have {longest:,}" in refused(**{name: said[name] + "a"}).detail


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://gpu1/predict",
        "//gpu1/predict",
        "gpu1:9001/predict",
        "http://",
        "http:///predict",
        "http://gpu1:99999/predict",
        "http://gpu1:x/predict",
        "http://[::1/predict",
        "http://gpu 1/predict",
        "http://gpu1/\npredict",
        'http://gpu1/"onmouseover="x',
        "http://gpu1/<script>",
        "http://gpü1/predict",
        "http://me:secret@gpu1/predict",
        "",
    ],
)
@pytest.mark.parametrize("name", ["interface_url", "prediction_url"])
def test_a_url_is_one_of_the_web(name: str, url: str) -> None:
    error = refused(**{name: url})
    assert error.field == name
    assert "secret" not in error.detail


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1:9001/predict", "https://gpu1.example/a/b?c=d", "http://[::1]:9001/predict", "HTTP://H/p"]
)
def test_a_url_that_is_good(url: str) -> None:
    assert Announcement.of(announcement(prediction_url=url)).prediction_url == url


@pytest.mark.parametrize("card", [["MIT"], {"licence": 3}, {"licence": "a" * 20_000}, {"licence": "\x00"}])
def test_a_card_is_an_object_of_texts(card: Any) -> None:
    assert refused(card=card).field == "card"


@pytest.mark.parametrize(("one", "other"), [("Spleen", " sPLEEN "), ("Maße", "MASSE"), ("cafe\u0301", "CAF\u00c9")])
def test_filters_know_no_case(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.dictionaries(st.sampled_from([*announcement(), "card", "version"]), JSON | st.text()))
def test_whatever_comes_is_taken_or_refused(said: dict[str, Any]) -> None:
    try:
        found = Announcement.of(announcement() | said)
    except InvalidInput as error:
        assert error.field in said
    else:
        assert found.folded["search"].encode()
        assert all("\x00" not in text for text in (found.name, found.description))
