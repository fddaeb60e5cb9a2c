"""How many numbers each kind of ITK transform has.

ITK's readers don't see to it: a B-spline or displacement field whose fixed parameters claim another grid than it has
parameters for makes ITK 5.4 write past the end of its memory.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from tomaat.errors import InvalidInput

NAME = re.compile(r"([A-Za-z0-9]+)_(double|float)_3_3", re.ASCII)
PARAMETERS = {
    "IdentityTransform": 0,
    "TranslationTransform": 3,
    "ScaleTransform": 3,
    "VersorTransform": 3,
    "Euler3DTransform": 6,
    "VersorRigid3DTransform": 6,
    "Similarity3DTransform": 7,
    "ScaleVersor3DTransform": 9,
    "ScaleSkewVersor3DTransform": 15,
    "ComposeScaleSkewVersor3DTransform": 12,
    "AffineTransform": 12,
    "MatrixOffsetTransformBase": 12,
    "CompositeTransform": 0,
}
GRIDS = {"BSplineTransform", "DisplacementFieldTransform"}
"""Fixed parameters: size, origin, spacing and direction of the grid; parameters: three for each of its nodes."""


def check_parameters(name: str, parameters: int, fixed: Sequence[float]) -> None:
    """Refuse a transform whose numbers don't agree. Raises :class:`InvalidInput` with half a sentence.

    :param name: as ITK writes it: ``AffineTransform_double_3_3``.
    :param parameters: how many there are.
    :param fixed: the fixed parameters.
    """
    match = NAME.fullmatch(name)
    kind = match[1] if match else ""
    if kind not in PARAMETERS and kind not in GRIDS:
        raise InvalidInput(f"a 3-D transform was expected, of three dimensions and of a known kind, not {name[:60]!r}.")
    if not all(math.isfinite(number) for number in fixed):
        raise InvalidInput("its fixed parameters must be finite numbers.")
    if kind in PARAMETERS:
        agree = parameters == PARAMETERS[kind] and len(fixed) <= 4
    else:
        whole = len(fixed) == 18 and all(number.is_integer() and 1 <= number <= 2**31 for number in fixed[:3])
        agree = whole and all(number > 0 for number in fixed[6:9]) and parameters == 3 * math.prod(fixed[:3])
    if not agree:
        raise InvalidInput(f"it is cut off, or damaged: its numbers are not as many as {kind} has.")
