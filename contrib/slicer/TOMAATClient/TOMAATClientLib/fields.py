"""A widget for each kind of field, and what a person has set it to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctk
import qt
import slicer

from tomaat_slicer.form import Field
from TOMAATClientLib import scene


class FieldWidget:
    """One field of the form.

    :ivar field: what it is for.
    :ivar widget: what is shown.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.widget = self._node() if field.nodes else getattr(self, f"_{field.kind}")()

    def value(self, folder: Path) -> Any:
        """What it is set to, as :func:`tomaat_slicer.form.parts_of` takes it; nodes are written to ``folder``."""
        if self.field.nodes:
            node = self.widget.currentNode()
            return None if node is None else scene.exported(node, self.field, folder)
        if self.field.kind == "number":
            return self.widget.value
        if self.field.kind == "flag":
            return self.widget.checked
        if self.field.kind == "choice":
            return self.widget.currentText or None
        if self.field.kind == "file":
            return Path(self.widget.currentPath) if self.widget.currentPath else None
        return self.widget.text or None

    def _node(self) -> Any:
        box = slicer.qMRMLNodeComboBox()
        box.nodeTypes = list(self.field.nodes)
        box.addEnabled = False
        box.removeEnabled = False
        box.renameEnabled = False
        box.noneEnabled = not self.field.required
        box.setMRMLScene(slicer.mrmlScene)
        if not self.field.required:
            box.setCurrentNode(None)  # what may be left out is not sent unless it is chosen
        return box

    def _number(self) -> Any:
        slider = ctk.ctkSliderWidget()
        slider.decimals = self.field.decimals
        slider.minimum = self.field.minimum
        slider.maximum = self.field.maximum
        slider.singleStep = self.field.step
        slider.value = self.field.minimum if self.field.default is None else self.field.default
        return slider

    def _flag(self) -> Any:
        box = qt.QCheckBox()
        box.checked = bool(self.field.default)
        return box

    def _choice(self) -> Any:
        box = qt.QComboBox()
        box.addItems(list(self.field.options))
        if self.field.default is not None:
            box.setCurrentText(self.field.default)
        return box

    def _file(self) -> Any:
        return ctk.ctkPathLineEdit()

    def _text(self) -> Any:
        return qt.QLineEdit("" if self.field.default is None else str(self.field.default))
