"""Announcing at a real announcement service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import httpx
import pytest

from calls import soon
from services import RunningService
from tomaat import Client
from tomaat.announcing.announcing import Announcing

Announce = Callable[..., Announcing]
StartService = Callable[..., RunningService]


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tomaat.announcing")


def listed(registry: RunningService, word: str = "") -> dict[str, str]:
    """The SIDs of what is listed, by name."""
    return {endpoint.name: endpoint.sid for endpoint in Client.discover(registry.url, text=word)}


async def test_every_app_is_announced_at_once_and_withdrawn_at_the_end(
    announce: Announce, registry: RunningService, caplog: pytest.LogCaptureFixture
) -> None:
    key = registry.make_key()
    announcing = announce(registry.url, key, ("one", "two", "three"), public_url="https://all.example")
    await soon(lambda: all(listing.listed for listing in announcing.listings))
    found = Client.discover(registry.url, text="all.example")
    assert {endpoint.name: endpoint.sid for endpoint in found} == {each.app: each.sid for each in announcing.listings}
    assert (found[0].prediction_url, found[0].interface_url) == (
        "https://all.example/one/predict",
        "https://all.example/one/interface",
    )
    shown = httpx.get(f"{registry.url}/v1/endpoints/{found[0].sid}").json()
    assert shown["page_url"] == "https://all.example/apps/one"
    assert (found[0].version, found[0].description) == ("1.0", "Says a number.\n\nIn some lines.")
    await announcing.stop()
    assert listed(registry, "all.example") == {}
    assert caplog.text.count("announced one at ") == caplog.text.count("withdrew one (") == 1
    assert key not in caplog.text


async def test_it_stays_listed_under_one_sid(
    announce: Announce, start_registry: StartService, caplog: pytest.LogCaptureFixture
) -> None:
    """It is announced again before it expires, although the interval of the settings is longer."""
    registry = start_registry(config="lifetime = 2")
    announcing = announce(registry.url, registry.make_key())
    await soon(lambda: announcing.listings[0].listed)
    for _ in range(15):
        assert listed(registry) == {"brain": announcing.listings[0].sid}
        await asyncio.sleep(0.2)
    assert caplog.text.count("announced brain") == 1


async def test_a_service_that_starts_later_is_announced_to(
    announce: Announce, start_registry: StartService, caplog: pytest.LogCaptureFixture
) -> None:
    registry = start_registry()
    key = registry.make_key()
    registry.stop()
    announcing = announce(registry.url, key, ("one", "two"))
    await soon(lambda: all(listing.problem for listing in announcing.listings))
    assert "Is `tomaat-announce serve` running there?" in caplog.text
    assert caplog.text.count("running there?") == 1  # two apps, several tries
    registry.start()
    await soon(lambda: all(listing.listed for listing in announcing.listings))
    assert listed(registry).keys() == {"one", "two"}


async def test_a_service_that_was_away_knows_the_app_again(announce: Announce, start_registry: StartService) -> None:
    registry = start_registry()
    announcing = announce(registry.url, registry.make_key(), interval=1)
    await soon(lambda: announcing.listings[0].listed)
    sid = announcing.listings[0].sid
    registry.kill()
    await soon(lambda: not announcing.listings[0].listed)
    registry.start()
    await soon(lambda: announcing.listings[0].listed)
    assert announcing.listings[0].sid == sid
    assert listed(registry) == {"brain": sid}


async def test_a_wrong_key_is_said_with_the_next_step(
    announce: Announce, registry: RunningService, caplog: pytest.LogCaptureFixture
) -> None:
    announcing = announce(registry.url, "f" * 64)
    await soon(lambda: announcing.listings[0].problem)
    assert "Set [announce] key (or TOMAAT_ANNOUNCE_KEY) to one that its administrator gave." in caplog.text
    assert "ffff" not in caplog.text


async def test_a_key_for_one_endpoint_announces_the_default_app(announce: Announce, registry: RunningService) -> None:
    """Each announcement takes the place of the one before: no two apps may take turns."""
    key = registry.make_key("--max-endpoints", "1")
    names = ("one", "two", "three")
    announcing = announce(registry.url, key, names, public_url="https://single.example", default_app="two")
    await soon(lambda: all(listing.listed or listing.problem for listing in announcing.listings))
    assert listed(registry, "single.example") == {"two": announcing.of("two")[0].sid}
    assert [listing.app for listing in announcing.listings if listing.listed] == ["two"]
    await announcing.stop()
    assert listed(registry, "single.example") == {}


async def test_a_certificate_is_pinned(
    announce: Announce, start_registry: StartService, caplog: pytest.LogCaptureFixture
) -> None:
    registry = start_registry(options=("--tls",))
    key = registry.make_key()
    announcing = announce(registry.url, key, fingerprint=registry.fingerprint)
    await soon(lambda: announcing.listings[0].listed)
    refused = announce(registry.url, key, fingerprint=":".join(["AB"] * 32))
    await soon(lambda: refused.listings[0].problem)
    assert "has another certificate than the one that you want" in caplog.text
