"""How many threads a computation gets: a core each, and no more than its control group may use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tomaat.cores import threads, usable_cores

HERE = len(os.sched_getaffinity(0))


def group(root: Path, files: dict[str, str], membership: str) -> tuple[Path, Path]:
    """A tree of control groups, and the file that says which a process is in."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n", encoding="utf-8")
    (root / "membership").write_text(membership, encoding="utf-8")
    return root, root / "membership"


@pytest.mark.parametrize(
    ("files", "membership", "cores"),
    [
        ({}, "", HERE),
        ({"cpu.max": "max 100000"}, "0::/\n", HERE),
        ({"cpu.max": "100000 100000"}, "0::/\n", 1),
        ({"cpu.max": "20000 100000"}, "0::/\n", 1),
        ({"cpu.max": "max 100000", "a/cpu.max": "50000 100000", "a/b/cpu.max": "max 100000"}, "0::/a/b\n", 1),
        ({"cpu.max": "100000 100000"}, "0::/outside/of/the/container\n", 1),
        (
            {"cpu,cpuacct/a/cpu.cfs_quota_us": "100000", "cpu,cpuacct/a/cpu.cfs_period_us": "100000"},
            "4:cpu,cpuacct:/a\n",
            1,
        ),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "1:cpu:/\n9:name=systemd:/\n0::/\n", HERE),
        ({"memory/cpu.max": "10000 100000"}, "4:memory:/\n", HERE),
        ({"cpu.max": "nonsense"}, "0::/\n", HERE),
        ({"cpu.max": "900000000 100000"}, "0::/\n", HERE),
    ],
)
def test_a_quota_of_a_control_group_counts(tmp_path: Path, files: dict[str, str], membership: str, cores: int) -> None:
    assert usable_cores(*group(tmp_path, files, membership)) == cores


def test_without_control_groups_the_scheduler_s_cores_count(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "nowhere", tmp_path / "nothing") == HERE


def test_the_environment_may_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for said, expected in (("7", 7), ("0", usable_cores()), ("", usable_cores()), ("3,2", usable_cores())):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert threads() == expected


@pytest.mark.parametrize("first", ["import torch", "pass"])
@pytest.mark.parametrize(("asked", "said", "expected"), [(1, "2", 1), (0, "1", 1)])
def test_torch_and_itk_obey(first: str, asked: int, said: str, expected: int) -> None:
    code = f"{first}\nfrom tomaat.cores import use_threads\nuse_threads({asked})\n"
    code += "import torch, SimpleITK\nprint(torch.get_num_threads())\n"
    code += "print(SimpleITK.ProcessObject.GetGlobalDefaultNumberOfThreads())"
    environment = os.environ | {"OMP_NUM_THREADS": said}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == [str(expected)] * 2
