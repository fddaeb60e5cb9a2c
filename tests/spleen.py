"""Weights that know a spleen, and abdomens to try them on; trained once, and kept in pytest's cache."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from synthetic import synthetic_abdomen

TRAINING = Path(__file__).parents[1] / "plugins" / "tomaat-spleenseg" / "training"
RECIPE = ("--steps", "300", "--abdomens", "6", "--patch", "32", "--batch", "4", "--rate", "6e-3", "--check", "0")
KEEP_BUFFERS = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**34)}
"""glibc gives large buffers back after each operator of torch, and page faults are half of a training's time."""
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""Other tests have the other cores, and threads that wait for each other there take four times the processor's time."""


def trained_weights(config: pytest.Config) -> Path:
    """A state dict of the app ``spleen``, which finds the spleen of :func:`abdomen`.

    Trained anew, for a minute or two, when the scripts have changed.
    """
    digest = hashlib.sha256(repr(RECIPE).encode())
    for script in sorted(TRAINING.glob("*.py")):
        digest.update(script.read_bytes())
    assert config.cache is not None
    folder = config.cache.mkdir("spleen")
    weights = folder / f"{digest.hexdigest()[:16]}.pth"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of the test processes that run side by side, one trains
        if not weights.exists():
            command = [sys.executable, str(TRAINING / "train.py"), str(weights), *RECIPE]
            subprocess.run(command, check=True, env=os.environ | KEEP_BUFFERS | ONE_THREAD)
    return weights


def abdomen(seed: int = 1_000) -> tuple[sitk.Image, sitk.Image]:
    """A small CT and its truth, of no abdomen that was trained on."""
    return synthetic_abdomen(np.random.default_rng(seed), (176, 140, 44), (2.0, 2.0, 5.0))


def dice(found: sitk.Image, truth: sitk.Image) -> float:
    """How much two label maps have in common, from 0 to 1; they must be on one grid."""
    one, other = (sitk.GetArrayViewFromImage(image) == 1 for image in (found, truth))
    assert one.shape == other.shape
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))
