"""What old apps return, as elements encode it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tomaat.elements import Fiducials, PlainText
from tomaat.errors import InvalidOutput
from tomaat.scripts.values import as_result

POINTS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@pytest.mark.parametrize("returned", [[POINTS], (np.array(POINTS),), np.array([POINTS])])
def test_whatever_has_a_first_item_is_a_list_of_one(returned: Any) -> None:
    points = as_result(Fiducials("points").as_output(), {"points": returned})
    assert np.array_equal(points, [[-1, -2, 3], [-4, -5, 6]])


@pytest.mark.parametrize("returned", [[], np.zeros((0, 2, 3)), "text", None, 7])
def test_anything_else_is_told(returned: Any) -> None:
    with pytest.raises(InvalidOutput, match="must return a list of one under 'words'"):
        as_result(PlainText("words").as_output(), {"words": returned})
