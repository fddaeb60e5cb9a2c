"""The contract as pytest tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.app import App
from tomaat.testing.checks import CHECKS
from tomaat.testing.subject import GRACE, Subject

if TYPE_CHECKING:
    import SimpleITK as sitk


class AppContract:
    """Subclass it in a test module, say which app, and pytest runs every check of ``tomaat check``::

        class TestSpleen(AppContract):
            app = "spleen-ct"

    The app runs in the tests' own process, on synthetic heads (:mod:`tomaat.testing.volumes`). One instance is
    loaded for all tests of the class.
    """

    app: ClassVar[str | type[App]]
    """An installed app's name, or the class itself."""
    grace: ClassVar[float] = GRACE
    """Seconds within which it must stop when cancelled."""
    weights: ClassVar[Path | None] = None
    """A file for an app that takes weights; those that it brings when ``None``."""
    subject: ClassVar[Subject]

    def sample(self, image: sitk.Image) -> Mapping[str, Any]:
        """Values for inputs, by destination; override it where the made-up ones do not suit the app.

        :param image: a synthetic head on the grid that is tried; what every volume gets unless you give another.
        :returns: any of the inputs: a ``SimpleITK.Image`` or ``SimpleITK.Transform``, a :class:`~pathlib.Path` to any
            file, a number, a ``bool``, a text, or n x 3 points.
        """
        return {}

    @classmethod
    def setup_class(cls) -> None:
        cls.subject = Subject.of(cls.app, sample=cls().sample, grace=cls.grace, weights=cls.weights)

    @classmethod
    def teardown_class(cls) -> None:
        cls.subject.close()

    def test_interface(self) -> None:
        self._check("interface")

    def test_imports(self) -> None:
        self._check("imports")

    def test_sample(self) -> None:
        self._check("sample")

    def test_outputs(self) -> None:
        self._check("outputs")

    def test_oblique_grid(self) -> None:
        self._check("grid-oblique")

    def test_flipped_grid(self) -> None:
        self._check("grid-flipped")

    def test_anisotropic_grid(self) -> None:
        self._check("grid-anisotropic")

    def test_single_slice_grid(self) -> None:
        self._check("grid-single-slice")

    def test_cancel(self) -> None:
        self._check("cancel")

    def _check(self, name: str) -> None:
        next(check for check in CHECKS if check.name == name).run(self.subject)
