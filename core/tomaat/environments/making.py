"""Make, fill, renew and remove environments: venv and pip, each in a process, and nothing half-made left behind."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tomaat.environments.environment import Environment, Environments
from tomaat.environments.worker_package import NAME, build_worker_wheel, worker_version
from tomaat.errors import BrokenEnvironment, Conflict

OLDEST = (3, 11)
"""The first Python that the worker package runs on."""
PIP = ("-I", "-m", "pip", "--disable-pip-version-check")
SHOWN = 300
"""Characters of pip's last words in a sentence, where its output is not shown as it comes."""


@dataclass(frozen=True)
class Packages:
    """What pip shall install.

    :param arguments: requirements as pip takes them, ``monai==1.2`` or a wheel's path, and more of its options.
    :param folders: sources to install in place (``pip install -e``).
    :param constraints: files of constraints.
    :param index_url: the index to take them from; pip's own when empty.
    """

    arguments: Sequence[str] = ()
    folders: Sequence[Path] = ()
    constraints: Sequence[Path] = ()
    index_url: str = ""

    def as_arguments(self) -> list[str]:
        """What comes after ``pip install``."""
        arguments = [f"--constraint={path}" for path in self.constraints]
        arguments += [f"--index-url={self.index_url}"] if self.index_url else []
        arguments += [argument for folder in self.folders for argument in ("--editable", str(folder))]
        return [*arguments, *self.arguments]


def create(environments: Environments, name: str, packages: Packages, interpreter: str = "") -> Environment:
    """A new environment with the worker package in it. What venv and pip print is printed.

    :param interpreter: the Python to make it with, by its path or as the shell finds it; this one when empty.

    Raises :class:`Conflict` for a name that is taken, :class:`InvalidInput` for one that can't be one, and
    :class:`BrokenEnvironment` where Python is too old, or venv or pip fails; nothing is left then.
    """
    environment = environments.at(name)
    python = interpreter or sys.executable
    _check_version(python)
    environments.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(environment):
        if environment.whole:
            raise Conflict(f"There is an environment {name!r} already. Install into it, or remove it first.")
        _remove(environment.folder)
        try:
            _run([python, "-I", "-m", "venv", str(environment.folder)], environment, "The virtual environment")
            _install(environment, packages, renew=True)
        except BaseException:
            _remove(environment.folder)
            raise
    return environment


def install(environment: Environment, packages: Packages) -> None:
    """Install packages, and the worker package of this host where another is there. What pip prints is printed.

    Raises :class:`BrokenEnvironment` where pip fails; it has then changed nothing.
    """
    with _alone(environment):
        _install(environment, packages, renew=environment.worker != worker_version())


def renew(environment: Environment) -> None:
    """Replace another host's worker package by this host's, without an index: what it needs has to be there.

    Raises :class:`BrokenEnvironment`.
    """
    without_index = Packages(("--no-index", "--no-deps", "--quiet"))
    with _alone(environment):
        _install(environment, without_index, renew=True, shown=False)


def remove(environment: Environment) -> None:
    """Remove the environment and all that is installed in it. Raises :class:`BrokenEnvironment` while it is changed."""
    with _alone(environment):
        _remove(environment.folder)


@contextmanager
def _alone(environment: Environment) -> Iterator[None]:
    """Change an environment while nobody else does. The system drops the lock of a process that dies."""
    descriptor = os.open(environment.folder.with_name(f".{environment.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BrokenEnvironment(
            f"The environment {environment.name!r} is being changed by another command; try again when that has ended."
        ) from None
    finally:
        os.close(descriptor)


def _install(environment: Environment, packages: Packages, *, renew: bool, shown: bool = True) -> None:
    """The worker package stands among the constraints, so that no index's ``tomaat`` can take its place."""
    version = worker_version()
    with TemporaryDirectory(prefix="tomaat-env-") as folder:
        constraint = Path(folder) / "worker.txt"
        constraint.write_text(f"{NAME}=={version}\n", encoding="utf-8")
        worker = [str(build_worker_wheel(Path(folder), version))] if renew else []
        arguments = [*packages.as_arguments(), f"--constraint={constraint}", *worker]
        _run([str(environment.python), *PIP, "install", *arguments], environment, "The installation", shown=shown)
    environment.mark.write_text(json.dumps({"worker": version}), encoding="utf-8")


def _check_version(python: str) -> None:
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
        version = tuple(map(int, done.stdout.split()))
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise BrokenEnvironment(f"{Path(python).name} is no Python that can be run; name one with --python.") from None
    if version < OLDEST:
        wanted, found = (".".join(map(str, each)) for each in (OLDEST, version))
        raise BrokenEnvironment(f"{Path(python).name} is Python {found}; an environment needs {wanted} or later.")


def _run(command: Sequence[str], environment: Environment, what: str, *, shown: bool = True) -> None:
    """Run ``command`` to its end; its output goes where ours goes, or into the error if it is not shown."""
    output = None if shown else subprocess.PIPE
    try:
        done = subprocess.run(
            command,
            env=environment.variables(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError:
        raise BrokenEnvironment(f"The environment {environment.name!r} has no interpreter that can be run.") from None
    if done.returncode:
        said = " ".join(done.stdout.split())[-SHOWN:] if done.stdout else "see above"
        raise BrokenEnvironment(f"{what} failed, and nothing was changed: {said}.")


def _remove(folder: Path) -> None:
    """Out of sight at once, so that nobody takes what is left for an environment."""
    if not folder.exists():
        return
    gone = folder.with_name(f".removed-{folder.name}-{os.urandom(4).hex()}")
    folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
