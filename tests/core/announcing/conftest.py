"""A host's announcing without the host, and real announcement services for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from services import RunningService
from tomaat import App, Data, PlainText, Slider
from tomaat.announcing.announcing import Announcing
from tomaat.description import AppDescription
from tomaat.settings import AnnounceSettings, Settings

Announce = Callable[..., Announcing]
StartService = Callable[..., RunningService]


def apps(*names: str) -> list[AppDescription]:
    """Apps with these names, as a host knows them."""
    return [AppDescription.of(_app(name), "tests", "1.0") for name in names]


def _app(name: str) -> type[App]:
    class Named(App):
        """Says a number.

        In some lines.
        """

        inputs = (Slider("number", minimum=0, maximum=10),)
        outputs = (PlainText("answer"),)
        modality, anatomy, task = "CT", "Spleen", "Segmentation"

        def infer(self, data: Data, context: Any) -> Data:
            return data

    Named.name = name
    return Named


@pytest.fixture
async def announce() -> AsyncIterator[Announce]:
    """Announce apps as a host does; withdrawn at the end."""
    begun: list[Announcing] = []

    def begin(
        url: str,
        key: str,
        names: Sequence[str] = ("brain",),
        *,
        public_url: str = "",
        default_app: str = "",
        **said: Any,
    ) -> Announcing:
        settings = Settings(
            public_url=public_url or "https://gpu1.example:9001",
            default_app=default_app,
            announce=AnnounceSettings(url, key, **said),
        )
        announcing = Announcing(settings)
        announcing.start(apps(*names), "http://127.0.0.1:9001")
        begun.append(announcing)
        return announcing

    yield begin
    for announcing in begun:
        await announcing.stop()


@pytest.fixture
def start_registry(tmp_path: Path) -> Iterator[StartService]:
    """Start an announcement service of a test's own; it is stopped at the end."""
    started: list[RunningService] = []

    def start(**settings: Any) -> RunningService:
        running = RunningService(home=tmp_path / f"registry{len(started)}", **settings)
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        running.kill()
