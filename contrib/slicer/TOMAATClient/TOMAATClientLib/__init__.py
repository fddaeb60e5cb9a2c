"""What needs Qt and Slicer's scene beside the module itself: the form's widgets, and nodes as files."""

from __future__ import annotations
