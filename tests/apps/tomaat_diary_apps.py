"""Apps that leave a trace: each run begins and ends with a line in the diary of its host's data folder."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from tomaat import App, Context, Data, PlainText, RadioButton, Slider, hookimpl


def note(*words: object) -> None:
    line = " ".join(map(str, (*words, time.monotonic())))
    with (Path(os.environ["TOMAAT_HOME"]) / "diary.txt").open("a") as diary:
        diary.write(line + "\n")


class Diary(App):
    """Notes when each run of it begins and ends."""

    name = "diary"
    holds_device = False
    inputs = (
        Slider("number", minimum=0, maximum=1000, default=0),
        Slider("seconds", minimum=0, maximum=60, default=0),
    )
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        note("begin", self.name, int(data["number"]))
        time.sleep(data["seconds"])
        note("end", self.name, int(data["number"]))
        return {"answer": str(os.getpid())}


class LabOne(Diary):
    """Holds the device while it computes."""

    name = "lab-one"
    holds_device = True


class LabTwo(LabOne):
    """Another app that holds the device."""

    name = "lab-two"


class Parent(App):
    """Starts another program, then hears nothing, or ends without a word."""

    name = "parent"
    holds_device = False
    inputs = (RadioButton("then", options=("wait", "exit")),)
    outputs = (PlainText("answer"),)

    def infer(self, data: Data, context: Context) -> Data:
        child = subprocess.Popen(["sleep", "300"])
        note("child", child.pid)
        if data["then"] == "exit":
            os._exit(3)
        child.wait()
        return {"answer": "the child ended"}


@hookimpl
def tomaat_apps(register) -> None:
    for app in (Diary, LabOne, LabTwo, Parent):
        register(app)
