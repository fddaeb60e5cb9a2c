"""Apps that take as much memory as they are told, or say that there is none."""

from __future__ import annotations

import time

from tomaat import App, Context, Data, PlainText, RadioButton, Slider, hookimpl


class Hungry(App):
    """Takes so many megabytes for so many seconds."""

    name = "hungry"
    inputs = (
        Slider("megabytes", minimum=0, maximum=2000, default=300),
        Slider("seconds", minimum=0, maximum=60, default=0),
    )
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        block = bytearray(int(data["megabytes"]) * 2**20)
        block[:: 2**12] = b"x" * len(block[:: 2**12])  # memory that nobody writes to takes none
        end = time.monotonic() + data["seconds"]
        while time.monotonic() < end:
            context.check_cancelled()
            time.sleep(0.01)
        return {"answer": f"{len(block)} bytes, limit {context.memory_limit}"}


class Thirsty(Hungry):
    """The same as another app."""

    name = "thirsty"


class Leaky(Hungry):
    """Keeps what it took, from job to job."""

    name = "leaky"

    def load(self, context: Context) -> None:
        self.kept = []

    def infer(self, data: Data, context: Context) -> Data:
        self.kept.append(b"x" * (int(data["megabytes"]) * 2**20))
        return {"answer": f"{len(self.kept)} kept"}


class Short(App):
    """Runs out of memory as often as it is told, and says how it was tried then."""

    name = "short"
    inputs = (
        Slider("times", minimum=0, maximum=9, default=0),
        RadioButton("how", text="How", options=("python", "torch"), default="python"),
    )
    outputs = (PlainText("answer"),)

    def load(self, context: Context) -> None:
        self.tries = 0

    def infer(self, data: Data, context: Context) -> Data:
        self.tries += 1
        if self.tries <= data["times"]:
            if data["how"] == "torch":
                import torch

                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3.00 GiB.")
            raise MemoryError
        answer, self.tries = f"try {self.tries}, frugal: {context.frugal}", 0
        return {"answer": answer}


@hookimpl
def tomaat_apps(register):
    register(Hungry)
    register(Thirsty)
    register(Leaky)
    register(Short)
