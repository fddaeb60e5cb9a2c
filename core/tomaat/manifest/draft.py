"""Write a manifest as far as its network tells it; what it does not tell stands there as a comment."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from tomaat.elements.element import NAME
from tomaat.manifest.facts import Facts
from tomaat.manifest.keys import CARD, USUAL_WINDOW
from tomaat.manifest.kinds import LARGEST_SIDE, TAKEN

MOST_LABELS = 1000
"""Labels that are written out; a network with more classes is left to numbers."""
CLASSES = 2
"""What is written where a network does not tell: the background, and one thing."""


def draft(facts: Facts, name: str, network: Path, folder: Path) -> str:
    """The text of a manifest that can be served as it is.

    :param name: the app's.
    :param network: the network's file; it is named relative to ``folder``, where the manifest will be.
    """
    return "\n\n".join(
        [_head(network), _names(facts, name, network, folder), _reading(facts), _labels(facts), _card(facts)]
    )


def _head(network: Path) -> str:
    return (
        f"# Read from {_quoted(network.name)[1:-1]}. What the file does not tell stands behind a #, with an example:\n"
        "# write it as the network was trained, or its answers will be wrong. docs/manifest.md has every key."
    )


def _names(facts: Facts, name: str, network: Path, folder: Path) -> str:
    texts = facts.metadata.texts
    relative = os.path.relpath(network.absolute(), folder.absolute())
    return "\n".join(
        [
            f"name = {_quoted(name)}",
            f"network = {_quoted(Path(relative).as_posix())}",
            _said("title", texts.get("title"), "Liver on CT"),
            _said("description", texts.get("description"), "What it finds, and in what."),
            _said("modality", texts.get("modality"), "CT"),
            _said("anatomy", texts.get("anatomy"), "abdomen"),
        ]
    )


def _reading(facts: Facts) -> str:
    window = facts.window or USUAL_WINDOW
    why = "" if facts.window else "  # any size suits the network: take that of its training"
    lines = [
        "# The app asks for a volume for each channel, in this order.",
        f"channels = {_list(_channels(facts))}" + ("" if facts.channels else "  # the file does not say how many"),
        "# Where x, y and z grow to, and millimetres between voxels; without spacing, the image's own.",
        'orientation = "RAS"',
        "# spacing = [1.5, 1.5, 2.0]",
        f"window = {_list(window)}{why}" if max(window) <= LARGEST_SIDE else f"# window = {_list(window)}",
        "# overlap = 0.25",
        '# blend = "gaussian"',
        f"classes = {facts.classes or CLASSES}" + ("" if facts.classes else "  # it could not be run to see how many"),
    ]
    intensity = [
        "# What becomes of the intensities; nothing, as long as this is empty. One of these, usual for CT and for MRI:",
        "[intensity]",
        "# range = [-57, 164]",
        "# zscore = true",
    ]
    return "\n".join(lines) + "\n\n" + "\n".join(intensity)


def _labels(facts: Facts) -> str:
    """Names for all classes but the background; those that the file does not tell are numbers."""
    classes = min(facts.classes or CLASSES, MOST_LABELS)
    known = facts.metadata.labels
    only = known.get(0) if classes == 1 else None  # of a single channel, which is label 1
    names = {value: known.get(value) or only or f"label {value}" for value in range(1, max(classes, 2))}
    lines = [f"{value} = {_quoted(name)}" for value, name in names.items()]
    hint = [] if known else ['# Write their names, or with a colour: 1 = { name = "liver", color = "#e6194b" }']
    return "\n".join(["[labels]", *hint, *lines])


def _card(facts: Facts) -> str:
    texts = facts.metadata.texts
    return "\n".join(["[card]", *(_said(key, texts.get(key), CARD[key].help) for key in CARD)]) + "\n"


def _channels(facts: Facts) -> list[str]:
    """A name for each channel: the file's own where they can be names of volumes."""
    count = facts.channels or 1
    names = [
        re.sub(r"[^A-Za-z0-9_-]+", "_", facts.metadata.channels.get(index, "")).strip("_") for index in range(count)
    ]
    usable = all(NAME.fullmatch(name) and name not in TAKEN for name in names) and len(set(names)) == count
    if usable:
        return names
    return ["image"] if count == 1 else [f"channel{number}" for number in range(1, count + 1)]


def _said(key: str, text: str | None, example: str) -> str:
    return f"{key} = {_quoted(text)}" if text else f"# {key} = {_quoted(example)}"


def _quoted(text: str) -> str:
    """A text as TOML has it, which for what can be printed is as JSON has it."""
    return json.dumps("".join(character for character in text if character.isprintable()), ensure_ascii=False)


def _list(values: list[str] | tuple[int, ...]) -> str:
    return "[" + ", ".join(_quoted(value) if isinstance(value, str) else str(value) for value in values) + "]"
