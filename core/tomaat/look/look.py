"""Where the style is that all pages share: those of a host, and those of an announcement service."""

from __future__ import annotations

from pathlib import Path


def style_file() -> Path:
    """The style sheet: colours for light and dark, type, cards, tags, forms, buttons, tables."""
    return Path(__file__).with_name("look.css")


def icon_file() -> Path:
    """The icon, an SVG."""
    return Path(__file__).with_name("icon.svg")
