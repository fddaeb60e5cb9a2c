"""A script's announcement is the host's."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from calls import until
from old_registry import OldRegistry
from running_scripts import StartScript


@pytest.fixture
def registry() -> Iterator[OldRegistry]:
    running = OldRegistry()
    yield running
    running.stop()


def test_the_service_is_announced_as_its_configuration_says(start_script: StartScript, registry: OldRegistry) -> None:
    script = start_script("announced.py", f"{registry.url}/announce", registry.keys[0])
    said = until(lambda: registry.bodies)[0]
    assert said == {
        "api_key": registry.keys[0],
        "prediction_url": "https://words.example:9001/words/predict",
        "interface_url": "https://words.example:9001/words/interface",
        "name": "Words",
        "modality": "Any",
        "anatomy": "Any",
        "task": "Talk",
        "description": "Talks.",
    }
    assert registry.keys[0] not in script.log
    (settings,) = (script.home / "services").glob("*/service.toml")
    assert "interval = 900" in settings.read_text(encoding="utf-8")
    assert json.dumps(registry.keys[0]) in settings.read_text(encoding="utf-8")
