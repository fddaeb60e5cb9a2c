"""The input that chooses weights: any name that weights may have, and nothing else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tomaat import WeightsChoice
from tomaat.errors import InvalidInput, InvalidInterface

CHOICE = WeightsChoice("weights", text="Which weights")
SHOWN = WeightsChoice("weights", options=["best", "last.2"], default="best")


def test_it_may_be_left_out() -> None:
    assert not CHOICE.required
    assert CHOICE.fallback is None
    assert SHOWN.fallback == "best"


@pytest.mark.parametrize("choice", [CHOICE, SHOWN])
def test_json_there_and_back(choice: WeightsChoice) -> None:
    assert WeightsChoice.from_json(choice.as_json()) == choice


def test_old_clients_see_radio_buttons() -> None:
    assert SHOWN.as_json()["type"] == "weights"
    assert SHOWN.as_tomaat_json() == {
        "type": "radiobutton",
        "destination": "weights",
        "text": "weights",
        "options": ["best", "last.2"],
    }


@pytest.mark.parametrize("text", ["best", " best\n", "epoch_90.v2-b", "9"])
def test_a_name_is_taken(text: str) -> None:
    assert CHOICE.parse(text) == text.strip()


@pytest.mark.parametrize("text", ["", "../best", "a/b", "-a", ".a", "a b", "\u00e4", "a" * 101, "a\0"])
def test_what_can_not_be_a_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="letters, digits") as refused:
        CHOICE.check(text)
    assert refused.value.field == "weights"


def test_one_that_is_not_shown_is_refused() -> None:
    assert SHOWN.parse("last.2") == "last.2"
    with pytest.raises(InvalidInput, match=r"no weights 'worst'; there are: best, last\.2"):
        SHOWN.parse("worst")


@given(st.text(max_size=120))
def test_nothing_else_is_raised(text: str) -> None:
    with suppress(InvalidInput):
        assert CHOICE.parse(text) == text.strip()


def test_it_has_one_name() -> None:
    with pytest.raises(InvalidInterface, match="called 'weights', not 'model'"):
        WeightsChoice("model")
