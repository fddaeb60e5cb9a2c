"""What plugin authors test with: :class:`AppContract` for pytest, and the checks and volumes behind it.

::

    from tomaat.testing import AppContract

    class TestSpleen(AppContract):
        app = "spleen-ct"
"""

from tomaat.testing.checks import CHECKS, Check, Outcome, run_checks
from tomaat.testing.contract import AppContract
from tomaat.testing.subject import ContractBroken, Subject, Trial
from tomaat.testing.volumes import GRIDS, anisotropic, flipped, head, oblique, single_slice

__all__ = [
    "CHECKS",
    "GRIDS",
    "AppContract",
    "Check",
    "ContractBroken",
    "Outcome",
    "Subject",
    "Trial",
    "anisotropic",
    "flipped",
    "head",
    "oblique",
    "run_checks",
    "single_slice",
]
