"""Announcing at a service of the first TOMAAT, which knows neither our routes nor more than one app for a key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calls import soon
from old_registry import OldRegistry
from tomaat.announcing.announcing import Announcing

KEY = "k" * 64
Announce = Callable[..., Announcing]


@pytest.mark.parametrize("end", ["", "/", "/announce"])
async def test_it_is_told_what_the_first_tomaat_told_it(
    announce: Announce, old_registry: OldRegistry, end: str
) -> None:
    announcing = announce(old_registry.url + end, KEY)
    await soon(lambda: announcing.of("brain")[0].listed)
    assert old_registry.bodies == [
        {
            "api_key": KEY,
            "name": "brain",
            "modality": "CT",
            "anatomy": "Spleen",
            "task": "Segmentation",
            "description": "Says a number.\n\nIn some lines.",
            "interface_url": "https://gpu1.example:9001/brain/interface",
            "prediction_url": "https://gpu1.example:9001/brain/predict",
        }
    ]


async def test_it_is_not_asked_to_withdraw(announce: Announce, old_registry: OldRegistry) -> None:
    announcing = announce(old_registry.url, KEY)
    await soon(lambda: announcing.of("brain")[0].listed)
    await announcing.stop()
    assert old_registry.asked == [("POST", "/v1/endpoints"), ("POST", "/announce")]


@pytest.mark.parametrize(("default_app", "announced"), [("", "adder"), ("brain", "brain"), ("gone", "adder")])
async def test_of_several_apps_one_is_announced(
    announce: Announce, old_registry: OldRegistry, default_app: str, announced: str, caplog: pytest.LogCaptureFixture
) -> None:
    announcing = announce(old_registry.url, KEY, ("adder", "brain", "zebra"), default_app=default_app)
    await soon(lambda: all(listing.listed or listing.problem for listing in announcing.listings))
    assert [listing.app for listing in announcing.listings if listing.listed] == [announced]
    assert [body["name"] for body in old_registry.bodies] == [announced]
    assert f"one app alone, and that is {announced}; default_app chooses it" in caplog.text
    assert caplog.text.count("one app alone") == 1  # and in short for the other


async def test_a_key_that_it_does_not_know_is_said(
    announce: Announce, old_registry: OldRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    announcing = announce(old_registry.url, "x" * 64)
    await soon(lambda: announcing.of("brain")[0].problem)
    assert "Your API KEY has not been recognized" in caplog.text
    assert "Set [announce] key" in caplog.text
    assert "xxxx" not in caplog.text
