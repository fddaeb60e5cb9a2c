"""Apps that say a lot while they work, in every way that an app can."""

# ruff: noqa: T201 (they print on purpose)

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import warnings

from tomaat import App, Checkbox, Context, Data, Fiducials, PlainText, Slider, Volume, hookimpl


class Talker(App):
    """Says what it was sent, in its log, on stdout and stderr, from a thread, a child and past Python."""

    name = "talker"
    holds_device = False
    inputs = (
        Fiducials("points", optional=True),
        Volume("image", optional=True),
        Slider("seconds", minimum=0, maximum=30, default=0),
        Checkbox("fail", text="Fail", default=False),
    )
    outputs = (PlainText("answer"),)

    def load(self, context: Context) -> None:
        print("talker is being loaded")

    def infer(self, data: Data, context: Context) -> Data:
        points = data["points"]
        what = "nothing" if points is None else f"{points[0, 0]:.3f}"
        context.log.info("logged %s", what)
        context.log.warning("warned %s", what)
        print(f"printed {what}")
        print(f"complained {what}", file=sys.stderr)
        warnings.warn(f"python warned {what}", stacklevel=1)
        thread = threading.Thread(target=print, args=(f"a thread printed {what}",))
        thread.start()
        thread.join()
        threading.Timer(0.2, print, args=(f"a thread printed too late {what}",)).start()
        os.write(1, f"wrote {what}\n".encode())
        subprocess.run(["echo", f"a child echoed {what}"], check=True)
        context.progress(0.5, "has talked")
        time.sleep(data["seconds"])
        if data["fail"]:
            raise ValueError(f"raised {what}")
        print("no line break at the end", end="")
        return {"answer": "talked"}


class Chatterbox(App):
    """Says more than a log can hold."""

    name = "chatterbox"
    holds_device = False
    inputs = (Slider("lines", minimum=0, maximum=100_000, default=1),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        for number in range(int(data["lines"])):
            context.log.info("line %d %s", number, "x" * 90)
        return {"answer": "talked"}


@hookimpl
def tomaat_apps(register):
    register(Talker)
    register(Chatterbox)
