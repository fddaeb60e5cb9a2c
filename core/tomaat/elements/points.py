"""The files that points are written to: Slicer's markups, CSV, and the text of the first TOMAAT. All in LPS."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tomaat.elements.fiducials import Point, format_points, parse_points

SCHEMA = "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#"


def write_points(points: Sequence[Point], target: Path) -> None:
    """Write points in the format of ``target``'s extension: ``mrk.json``, ``csv`` or ``txt``."""
    if target.name.endswith(".json"):
        target.write_text(json.dumps(_markups(points), indent=1), encoding="utf-8")
    elif target.suffix == ".csv":
        with target.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("label", "l", "p", "s"))
            rows.writerows((f"F-{number}", *map(repr, point)) for number, point in enumerate(points, start=1))
    else:
        target.write_text(format_points(points), encoding="utf-8")


def read_points(source: Path) -> list[Point]:
    """Read what :func:`write_points` wrote."""
    text = source.read_text(encoding="utf-8")
    if source.name.endswith(".json"):
        return [_triple(point["position"]) for point in json.loads(text)["markups"][0]["controlPoints"]]
    if source.suffix == ".csv":
        return [_triple(row[1:]) for row in list(csv.reader(text.splitlines()))[1:]]
    return parse_points(text)


def _triple(numbers: Sequence[Any]) -> Point:
    x, y, z = (float(number) for number in numbers)
    return x, y, z


def _markups(points: Sequence[Point]) -> dict[str, Any]:
    return {
        "@schema": SCHEMA,
        "markups": [
            {
                "type": "Fiducial",
                "coordinateSystem": "LPS",
                "coordinateUnits": "mm",
                "controlPoints": [
                    {"id": str(number), "label": f"F-{number}", "position": list(point), "positionStatus": "defined"}
                    for number, point in enumerate(points, start=1)
                ],
            }
        ],
    }
