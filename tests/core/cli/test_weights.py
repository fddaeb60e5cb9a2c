"""``tomaat weights``: push, list, remove; and ``tomaat predict`` with what was pushed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hosts import RunningHost
from number_weights import number

CONFIG = ""


@pytest.fixture
def app(lean_host: RunningHost) -> str:
    return f"{lean_host.url}/numbers"


def tomaat(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tomaat", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, cwd=folder)


def test_push_list_predict_remove(app: str, tmp_path: Path) -> None:
    (tmp_path / "epoch9.num").write_bytes(number(3))
    assert "no weights yet" in tomaat(tmp_path, "weights", "list", app).stdout
    pushed = tomaat(tmp_path, "weights", "push", app, "epoch9.num")
    assert pushed.returncode == 0, pushed.stderr
    assert "has the weights epoch9 now (num, sha256 " in pushed.stdout
    assert "uploading" in pushed.stderr
    (advice,) = (line for line in pushed.stdout.splitlines() if line.startswith("Use them: tomaat "))
    done = tomaat(tmp_path, *advice.removeprefix("Use them: tomaat ").replace("=VALUE", "=5").split())
    assert done.returncode == 0, done.stderr
    assert "answer: 3 by epoch9" in done.stdout
    listed = tomaat(tmp_path, "weights", "list", app).stdout
    assert "epoch9" in listed
    assert "default" in listed
    removed = tomaat(tmp_path, "weights", "remove", app, "epoch9")
    assert removed.returncode == 0
    assert "epoch9" in removed.stdout
    assert "no weights yet" in tomaat(tmp_path, "weights", "list", app).stdout


def test_json_is_for_scripts(app: str, tmp_path: Path) -> None:
    (tmp_path / "model.num").write_bytes(number(3))
    pushed = tomaat(tmp_path, "weights", "push", app, "model.num", "--id", "best", "--quiet", "--json")
    assert pushed.stderr == ""
    weights = json.loads(pushed.stdout)
    assert (weights["id"], weights["source"]) == ("best", "store")
    listed = json.loads(tomaat(tmp_path, "weights", "list", app, "--json").stdout)
    assert listed == {"weights": [weights | {"default": True}]}
    tomaat(tmp_path, "weights", "remove", app, "best")


def test_the_device_is_passed_on(app: str, tmp_path: Path) -> None:
    (tmp_path / "model.num").write_bytes(number(3))
    tomaat(tmp_path, "weights", "push", app, "model.num")
    done = tomaat(tmp_path, "predict", app, "--device", "cpu", "--json")
    assert json.loads(done.stdout)["provenance"]["device"] == "cpu"
    absent = tomaat(tmp_path, "predict", app, "--device", "cuda:97")
    assert (absent.returncode, "cpu" in absent.stderr) == (1, True)
    tomaat(tmp_path, "weights", "remove", app, "model")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("push", "numbers", "wrong.num"), 1, "A number was expected, not 'many"),
        (("push", "numbers", "notes.txt"), 1, "Number (.num)"),
        (("push", "numbers", "wrong.num", "--id", "../x"), 1, "letters, digits"),
        (("push", "numbers", "missing.num"), 2, "missing.num"),
        (("push", "echo", "wrong.num"), 1, "'echo' takes no weights"),
        (("list", "echo"), 1, "'echo' takes no weights"),
        (("remove", "numbers", "nope"), 1, "no weights"),
    ],
)
def test_errors_are_one_clear_line(
    lean_host: RunningHost, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "wrong.num").write_bytes(number("many"))
    (tmp_path / "notes.txt").write_text("hello")
    command, app, *others = arguments
    done = tomaat(tmp_path, "weights", command, f"{lean_host.url}/{app}", *others)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
