"""How much memory workers may take together, device by device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tomaat.memory import machine_memory
from tomaat.settings import DeviceSettings

MOST = 0.9
"""The part of a machine's memory, or of a GPU's, that workers may take where nobody has set a budget: the rest is for
the system, the host, and a display."""
CPU = "cpu"


@dataclass(frozen=True)
class Budget:
    """Bytes of one device.

    :ivar memory: that workers may take together.
    :ivar whole: what one app alone may take: the same where the settings say it, otherwise all that there is. What
        fitted once is not refused for the sake of a margin that nobody asked for.
    """

    memory: int
    whole: int

    @classmethod
    def of(cls, setting: int, there: int) -> Budget:
        """What the settings say, or most of what is there."""
        return cls(setting, setting) if setting else cls(int(there * MOST), there)


def budgets(settings: Mapping[str, DeviceSettings], gpus: Mapping[str, int]) -> dict[str, Budget]:
    """The budget of the processor, and of every GPU.

    :param gpus: bytes that each has, by device.
    """
    there = {CPU: machine_memory()} | dict(gpus)
    named = {name: table.memory for name, table in settings.items() if name in there or table.memory}
    return {name: Budget.of(named.get(name, 0), there.get(name, 0)) for name in {**there, **named}}
