"""Where inference runs: a choice that stays until another is made."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from sanic import HTTPResponse, Request

from tomaat.errors import InternalError
from tomaat.settings import Settings
from tomaat.workers.devices import absent, check_device, preferred
from tomaat_spleenseg.app import Spleen
from tomaat_spleenseg.pfms import answers
from tomaat_spleenseg.pfms.state import StateFile

NAME = "device"
LIMIT = 120.0
"""Seconds that importing torch may take, on a slow disk for the first time."""
LIST_DEVICES = "import torch; from tomaat.workers.devices import present_devices; print(*present_devices())"


class InferenceDevice:
    """The device of pfms's inferences; API v1 has the settings', or a request's own."""

    def __init__(self, settings: Settings, state: StateFile) -> None:
        self._settings = settings
        self._state = state
        self._present: list[str] = []
        self._looking = asyncio.Lock()

    async def asked(self) -> str:
        """What was put here; empty, and so up to the settings, if nothing was."""
        return await self._state.get(NAME)

    async def show(self, request: Request) -> HTTPResponse:
        """``GET``: the device."""
        said = (await self.asked(), self._settings.app(Spleen.name).device, self._settings.device)
        device = next(filter(None, said), "") or preferred(await self.present())
        return answers.as_json({"device": device})

    async def put(self, request: Request, device: str) -> HTTPResponse:
        """``PUT``: later inferences run there. The address says where, as in pfms; the body says it again."""
        check_device(device)
        if device not in (present := await self.present()):
            raise absent(device, present)
        await self._state.change(NAME, lambda before: device)
        return answers.as_json({"device": device})

    async def present(self) -> list[str]:
        """The devices that workers can use, found out once."""
        async with self._looking:
            if not self._present:
                self._present = await asyncio.to_thread(_present)
            return self._present


def _present() -> list[str]:
    """Asks torch, as workers do, in a process of its own: the host never imports it."""
    try:
        asked = subprocess.run(
            [sys.executable, "-c", LIST_DEVICES], capture_output=True, check=True, timeout=LIMIT, encoding="utf-8"
        )
        return asked.stdout.split()
    except (OSError, subprocess.SubprocessError) as failure:
        raise InternalError("This host can't tell which devices there are; its log may say why.") from failure
