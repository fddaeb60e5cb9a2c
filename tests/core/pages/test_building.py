"""What pages load from npm: pinned, built into the wheel, done without where npm can't be had, and in no repository."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from documents import ROOT
from tomaat.environments.worker_package import is_in_package
from tomaat.pages.building import FILES, HERE, SWITCH, VENDOR

PACKAGES = ("niivue", "dcm2niix", "fflate")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "vendor")
NO_NPM = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
"""With an empty cache as well, npm can't be of use."""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a build needs of the tree, without what was built in it."""
    for folder in ("core", "announce"):
        shutil.copytree(ROOT / folder, tmp_path / "clone" / folder, ignore=LEFT_OUT)
    for file in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path / "clone")
    return tmp_path / "clone"


def build(clone: Path, wish: str = "") -> subprocess.CompletedProcess[str]:
    """Build a wheel where npm can't be of use."""
    return subprocess.run(
        [sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('dist')"],
        cwd=clone,
        env=os.environ | NO_NPM | {"npm_config_cache": str(clone / "cache"), SWITCH: wish},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def pages_in(clone: Path) -> dict[str, bytes]:
    """The files of the pages in the wheel."""
    (built,) = (clone / "dist").glob("*.whl")
    with ZipFile(built) as wheel:
        names = [name for name in wheel.namelist() if name.startswith("tomaat/pages/")]
        return {name.removeprefix("tomaat/pages/"): wheel.read(name) for name in names}


def test_without_npm_all_is_built_but_the_viewer_and_that_is_said(clone: Path) -> None:
    done = build(clone)
    assert done.returncode == 0, done.stdout
    assert "TOMAAT is built without the viewer: npm" in done.stdout
    files = pages_in(clone)
    assert {"assets.py", "assets/pages.css", "templates/base.html"} <= files.keys()
    assert not [name for name in files if name.startswith("vendor")]
    refused = build(clone, "require")
    assert refused.returncode != 0
    assert "NotBuilt: npm" in refused.stdout
    meant = build(clone, "skip")
    assert meant.returncode == 0
    assert "without the viewer" not in meant.stdout


def test_the_wheel_has_what_was_brought_with_its_licences(clone: Path) -> None:
    assert VENDOR.is_dir(), "TOMAAT was installed without npm; install it again"
    shutil.copytree(VENDOR, clone / VENDOR.relative_to(ROOT))
    done = build(clone, "require")  # what is there is not fetched again
    assert done.returncode == 0, done.stdout
    files = pages_in(clone)
    for name in FILES:
        served = files[f"vendor/{name}"]
        assert gzip.decompress(files[f"vendor/{name}.gz"]) == served
        assert b"sourceMappingURL" not in served
    for package in PACKAGES:
        assert b"Copyright" in files[f"vendor/{package}/LICENSE.txt"]
    assert b"zarrita" in files["vendor/niivue/LICENSE.txt"]  # which is in NiiVue's one file


def test_versions_are_pinned_and_no_registry_is_named() -> None:
    lock_file = (HERE / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(lock_file)
    wanted = json.loads((HERE / "package.json").read_bytes())
    assert wanted["private"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted["dependencies"].values())
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]
    assert all(package["integrity"] for path, package in lock["packages"].items() if path)
    assert "resolved" not in lock_file
    assert "registry" not in lock_file


def test_what_others_wrote_is_in_no_repository_and_in_no_worker() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "core/tomaat/pages"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert not [name for name in tracked.stdout.splitlines() if "vendor/" in name or "node_modules" in name]
    assert "/core/tomaat/pages/vendor/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not is_in_package("tomaat.pages.vendor.niivue.index")
