"""``tomaat wrap``: a script as a plugin that pip installs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
from calls import predict
from hosts import RunningHost
from running_scripts import SCRIPTS

StartHost = Callable[..., RunningHost]


def run(folder: Path, *command: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python in ``folder``, with what is installed in ``path``."""
    environment = os.environ | {"PYTHONPATH": str(path or ""), "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def wrap(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "-P", "-m", "tomaat", "wrap", *arguments)


def texts(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_wrapped_script_is_installed_checked_and_served(
    tmp_path: Path, no_plugins: Path, start_host: StartHost
) -> None:
    done = wrap(tmp_path, str(SCRIPTS / "thresholding.py"), "--name", "bright-old")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "tomaat-bright-old is a plugin, with thresholding.py. Next:",
        "  pip install -e tomaat-bright-old",
        "  tomaat check bright-old",
        "  tomaat serve",
    ]
    plugin = tmp_path / "tomaat-bright-old"
    flags = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(no_plugins))
    installed = run(tmp_path, "-m", "pip", "install", *flags, str(plugin))
    assert installed.returncode == 0, installed.stdout + installed.stderr

    check = run(tmp_path, "-m", "tomaat", "check", "bright-old", path=no_plugins)
    assert check.returncode == 0, check.stdout + check.stderr
    tests = run(plugin, "-m", "pytest", "-q", path=no_plugins)
    assert tests.returncode == 0, tests.stdout

    host, image = start_host(path=no_plugins), images.ball()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        (app,) = client.get("/v1/apps").json()["apps"]
        assert (app["name"], app["title"], app["plugin"]) == ("bright-old", "Thresholding (old)", "bright-old")
        response = predict(client, "bright-old", accept="application/gzip", images=images.file_of(image))
    voxels = sitk.GetArrayFromImage(image)
    labels = sitk.GetArrayFromImage(images.read(response.content, "labels.nii.gz"))
    assert np.array_equal(labels, voxels >= voxels.mean())


def test_the_files_are_a_whole_distribution(tmp_path: Path) -> None:
    assert wrap(tmp_path, str(SCRIPTS / "thresholding.py"), "-o", "models").returncode == 0
    plugin = tmp_path / "models" / "tomaat-thresholding-old"
    assert texts(plugin) == {
        "README.md",
        "pyproject.toml",
        "setup.cfg",
        "tests/test_thresholding_old.py",
        "tomaat_thresholding_old/__init__.py",
        "tomaat_thresholding_old/app.py",
        "tomaat_thresholding_old/py.typed",
        "tomaat_thresholding_old/script/thresholding.py",
    }
    copy = plugin / "tomaat_thresholding_old" / "script" / "thresholding.py"
    assert copy.read_bytes() == (SCRIPTS / "thresholding.py").read_bytes()
    assert "$" not in "".join((plugin / file).read_text(encoding="utf-8") for file in texts(plugin))


def test_arguments_modules_and_files_come_along(tmp_path: Path) -> None:
    arguments = ("--", "start-service", "--config_file_path", "words.json")
    done = wrap(tmp_path, str(SCRIPTS / "words.py"), "--include", str(SCRIPTS / "words.json"), *arguments)
    assert done.returncode == 0, done.stderr
    plugin = tmp_path / "tomaat-words"
    assert {path.name for path in (plugin / "tomaat_words" / "script").iterdir()} == {
        "words.py",
        "words.json",
        "phrases.py",
    }
    setup = ConfigParser()
    setup.read(plugin / "setup.cfg", encoding="utf-8")
    assert setup["options"]["install_requires"].split() == ["click", "SimpleITK>=2.4", "tomaat>=1.0.dev0"]
    checked = run(tmp_path, "-c", CALL, path=plugin)
    assert checked.returncode == 0, checked.stderr
    assert "HELLO!" in checked.stdout


CALL = """
from pathlib import Path
from tempfile import mkdtemp
from logging import getLogger
from tomaat import Context
from tomaat_words.app import Words
app, context = Words(), Context(device="cpu", scratch=Path(mkdtemp()), log=getLogger())
app.load(context)
data = app.preprocess({"count": 1.0, "loud": True, "language": "en"}, context)
print(app.postprocess(app.infer(data, context), context))
"""


def test_one_service_of_several_is_wrapped(tmp_path: Path) -> None:
    source = (SCRIPTS / "several.py").read_text(encoding="utf-8")
    (tmp_path / "several.py").write_text(source, encoding="utf-8")
    done = wrap(tmp_path, "several.py")
    assert done.returncode == 1
    assert "makes the services 'First', 'Second', so say which of them is wanted" in done.stderr
    done = wrap(tmp_path, "several.py", "--service", "Second")
    assert done.returncode == 0, done.stderr
    app = (tmp_path / "tomaat-second" / "tomaat_second" / "app.py").read_text(encoding="utf-8")
    assert 'script = Script(Path(__file__).parent / "script" / "several.py", service="Second")' in app


@pytest.mark.parametrize(
    ("source", "arguments", "sentence"),
    [
        ("", (), "ended without making a TomaatService in its own process. If it takes arguments,"),
        ("import nothing_like_it", (), "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("open('config.json')", (), "FileNotFoundError"),
        (None, ("--name", "Not a Slug"), "can't be an app's name"),
    ],
)
def test_what_can_t_be_wrapped_is_told_in_one_line(
    tmp_path: Path, source: str | None, arguments: tuple[str, ...], sentence: str
) -> None:
    text = (SCRIPTS / "thresholding.py").read_text(encoding="utf-8") if source is None else source
    (tmp_path / "old.py").write_text(text, encoding="utf-8")
    done = wrap(tmp_path, "old.py", *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert sentence in done.stderr
    assert texts(tmp_path) == {"old.py"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "tomaat-old").mkdir()
    (tmp_path / "tomaat-old" / "mine").write_text("mine", encoding="utf-8")
    done = wrap(tmp_path, str(SCRIPTS / "thresholding.py"), "--name", "old")
    assert "tomaat-old is there already" in done.stderr
    assert texts(tmp_path) == {"tomaat-old/mine"}
