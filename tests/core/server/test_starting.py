"""Where a service can't be served, or is made for nothing but its description."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from running_scripts import StartScript

SERVICE = """
from tomaat.server import TomaatApp, TomaatService

def same(data):
    return data

config = {"name": "Same", "port": 9000}
box, text = {"type": "checkbox", "destination": "box", "text": "?"}, {"type": "PlainText", "field": "box"}
app = TomaatApp(same, same, same)
"""
SERVE = SERVICE + "TomaatService(config, app, [box], [text]).run()\n"


def failure(folder: Path, *command: str) -> str:
    """The last line of what ``python`` says in a folder, where it fails."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_what_is_in_no_file_can_t_be_run_again(tmp_path: Path) -> None:
    assert "needs a script in a file, since each worker runs it again: save it" in failure(tmp_path, "-c", SERVE)


def test_only_the_main_thread_can_become_a_host(tmp_path: Path) -> None:
    (tmp_path / "threaded.py").write_text(
        f"from concurrent.futures import ThreadPoolExecutor\n{SERVICE}\n"
        "service = TomaatService(config, app, [box], [text])\n"
        "ThreadPoolExecutor().submit(service.run).result()\n",
        encoding="utf-8",
    )
    assert "from the script's main thread" in failure(tmp_path, "threaded.py")


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        ("box['type'] = 'chekbox'", "element of the type 'chekbox'; there is: volume, slider, checkbox"),
        ("del box['destination']", "The checkbox of the input interface lacks its 'destination'."),
        ("text['type'] = 'Mesh'", "element of the type 'Mesh'; there is: LabelVolume, VTKMesh, PlainText"),
        ("box['destination'] = 'a b'", "'a b' can't be a destination"),
        ("del config['port']", "has no 'port'"),
        ("import os\nos.environ['TOMAAT_HOME'] = '/dev/null'", "The data folder"),
        ("config['cert_path'] = '/dev/null/cert'", "can't be kept in"),
    ],
)
def test_a_mistake_is_told_before_anything_is_served(tmp_path: Path, mistake: str, sentence: str) -> None:
    (tmp_path / "mistaken.py").write_text(SERVE.replace("app =", f"{mistake}\napp ="), encoding="utf-8")
    assert sentence in failure(tmp_path, "mistaken.py")


def test_a_port_that_is_taken_is_told(start_script: StartScript) -> None:
    first = start_script("failing.py")
    port = first.url.rpartition(":")[2]
    second = start_script("thresholding.py", wait=False, TOMAAT_PORT=port)
    assert second.process.wait(60) == 1
    assert f"Can't listen on 127.0.0.1:{port}" in second.log


def test_a_script_that_changes_between_its_runs_is_told(start_script: StartScript) -> None:
    script = start_script("words.py", "start-service", "--config_file_path", "words.json")
    (script.folder / "phrases.py").unlink()
    extension_fields = {"count": "1", "loud": "True", "language": "en"}
    (waiting,) = script.predict(extension_fields)
    answer = script.results(waiting)
    assert answer[0]["content"] == "The script of the app 'words' needs phrases, which can't be imported."
