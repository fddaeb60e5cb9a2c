"""Weights, as clients of the first TOMAAT see them: radio buttons."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from number_weights import number, put

CONFIG = ""
SLIDERS = [
    {"type": "slider", "destination": "number", "minimum": 0, "maximum": 1000},
    {"type": "slider", "destination": "seconds", "minimum": 0, "maximum": 60},
]


def predict(client: httpx.Client, **fields: str) -> httpx.Response:
    return client.post("/numbers/predict", files={name: (None, value) for name, value in fields.items()})


@pytest.fixture(autouse=True)
def nothing_left(lean: httpx.Client) -> Iterator[None]:
    yield
    for weights in lean.get("/v1/apps/numbers/weights").json()["weights"]:
        lean.delete(weights["href"])


def test_without_weights_there_is_nothing_to_choose(lean: httpx.Client) -> None:
    assert lean.get("/numbers/interface").json() == SLIDERS
    response = predict(lean, number="2", seconds="0")
    assert response.status_code == 422
    (item,) = response.json()
    assert (item["type"], item["label"]) == ("PlainText", "Error!")
    assert "tomaat weights push numbers" in item["content"]


def test_the_choice_is_a_radio_button(lean: httpx.Client) -> None:
    put(lean, "three", number(3))
    put(lean, "two", number(2))
    radio = {"type": "radiobutton", "destination": "weights", "text": "Weights", "options": ["three", "two"]}
    assert lean.get("/numbers/interface").json() == [*SLIDERS, radio]
    for name, answer in (("two", "8 by two"), ("three", "12 by three")):
        (item,) = predict(lean, number="4", seconds="0", weights=name).json()
        assert item["content"] == answer
