"""Apps that take as much of a GPU's memory as they are told."""

from __future__ import annotations

import time

from tomaat import App, Context, Data, LabelVolume, PlainText, Slider, hookimpl
from tomaat_spleenseg.app import Spleen


class GpuHungry(App):
    """Takes so many megabytes of its device for so many seconds; its worker keeps them, as torch does."""

    name = "gpu-hungry"
    preload = ("torch",)
    inputs = (
        Slider("megabytes", minimum=0, maximum=60000, default=1000),
        Slider("seconds", minimum=0, maximum=60, default=0),
    )
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        import torch

        block = torch.ones(int(data["megabytes"]) * 2**20, dtype=torch.uint8, device=context.device)
        begun = time.monotonic()
        while time.monotonic() < begun + data["seconds"]:
            context.check_cancelled()
            time.sleep(0.01)
        return {"answer": f"{block.device} {begun} {time.monotonic()} {context.frugal}"}


class GpuThirsty(GpuHungry):
    """The same as another app."""

    name = "gpu-thirsty"


class SpleenLabels(Spleen):
    """The spleen network's labels alone."""

    name = "spleen-labels"
    outputs = (LabelVolume("labels", labels={1: "spleen"}),)


class NoDevice(App):
    """Computes so little that it needs no GPU."""

    name = "no-device"
    preload = ("torch",)
    holds_device = False
    inputs = (Slider("number", minimum=0, maximum=9, default=1),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        return {"answer": context.device}


@hookimpl
def tomaat_apps(register):
    register(GpuHungry)
    register(GpuThirsty)
    register(NoDevice)
    register(SpleenLabels)
