"""What every kind of element has: a name, a JSON form, a check, a way in or a way out.

A plugin adds a kind by subclassing :class:`InputElement` or :class:`OutputElement` as a frozen dataclass with a
new ``kind``, and registering the class in its ``tomaat_elements`` hook.

An element is data. The host reads it, checks form fields against it and shows it as JSON; only a worker calls
:meth:`InputElement.read` and :meth:`OutputElement.encode`, so only these may import SimpleITK, vtk or numpy.
"""

from __future__ import annotations

import dataclasses
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from tomaat.errors import InvalidInput, InvalidInterface, NotAcceptable

if TYPE_CHECKING:
    from tomaat.image import Grid
    from tomaat.image_files.limits import Limits

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
"""What a destination or a result may be called: it becomes a form field, a file name and a part of a URL."""


@dataclass(frozen=True)
class Format:
    """A file format that a result comes in: ``Format("nii.gz", "application/gzip")``."""

    extension: str
    media_type: str


@dataclass(frozen=True)
class Element:
    """One item of an interface."""

    kind: ClassVar[str]
    """``type`` in JSON, and unique: ``volume``, ``slider``, ``LabelVolume``, ..."""
    preload: ClassVar[tuple[str, ...]] = ()
    """Modules that :meth:`InputElement.read` or :meth:`OutputElement.encode` import; the host's parent of all
    workers imports them once, so that no worker waits for it."""
    tomaat_keys: ClassVar[tuple[str, ...]]
    """The fields that clients of the first TOMAAT know."""
    widget: ClassVar[str] = ""
    """A file beside the element's module, such as ``stepper.js``: the JavaScript module that makes the control for this
    kind in the form of a host's page. Where it is empty the page makes one itself."""

    def as_json(self) -> dict[str, Any]:
        """The element as the API shows it: ``type`` and all fields, ``None`` where a field is not set."""
        return {"type": self.kind} | {field.name: self._field_as_json(field.name) for field in dataclasses.fields(self)}

    def as_tomaat_json(self) -> dict[str, Any]:
        """The element as the first TOMAAT's clients expect it."""
        return {"type": self.kind} | {key: self._field_as_json(key) for key in self.tomaat_keys}

    def as_input(self) -> InputElement:
        """The element that it is among an app's inputs. Raises :class:`InvalidInterface`."""
        raise InvalidInterface(f"{self!r} can't stand in the inputs of an app.")

    def as_output(self) -> OutputElement:
        """The element that it is among an app's outputs. Raises :class:`InvalidInterface`."""
        raise InvalidInterface(f"{self!r} can't stand in the outputs of an app.")

    @classmethod
    def from_json(cls, description: Mapping[str, Any]) -> Self:
        """The element that :meth:`as_json` described."""
        return cls(**{key: value for key, value in description.items() if key != "type"})

    def _field_as_json(self, name: str) -> Any:
        value = getattr(self, name)
        return list(value) if isinstance(value, tuple) else value


def widget_file(element: type[Element]) -> Path | None:
    """Where an element's widget is; ``None`` where it has none. Raises :class:`InvalidInterface` where it is no
    JavaScript file beside the element's module."""
    if not element.widget:
        return None
    owner = next(kind for kind in element.__mro__ if "widget" in vars(kind))
    module = getattr(sys.modules.get(owner.__module__), "__file__", None)
    file = Path(module or "").parent / element.widget
    if not (module and element.widget.endswith(".js") and Path(element.widget).name == element.widget):
        raise InvalidInterface(
            f"The widget {element.widget!r} of the element {element.kind!r} must name a file beside its module, such "
            "as 'stepper.js'."
        )
    if not file.is_file():
        raise InvalidInterface(
            f"The element {element.kind!r} has the widget {element.widget!r}, and there is no such file beside its "
            "module. Is it in the package_data of the plugin?"
        )
    return file


@dataclass(frozen=True)
class InputElement(Element):
    """What a form asks for.

    :param destination: its key in ``data``, and the form field's name.
    :param text: its label for people; the destination when empty.
    :param optional: whether it may be left out; ``data[destination]`` is then its default, or ``None``.
    :param help: a sentence or two for people, shown below the field of a form: what it does, what to choose.
    """

    destination: str
    text: str = ""
    optional: bool = False
    help: str = ""

    receives: ClassVar[Literal["text", "file"]] = "text"
    """``text``: a form field, given to :meth:`check` and :meth:`parse`. ``file``: an upload, given to
    :meth:`check_file` and :meth:`read`."""
    formats: ClassVar[tuple[Format, ...]] = ()
    """What an upload that is kept can be had in, beside as it came: :meth:`convert` writes these."""
    tomaat_keys: ClassVar[tuple[str, ...]] = ("destination",)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.destination):
            raise InvalidInterface(
                f"{self.destination!r} can't be a destination: letters, digits, '_' and '-' only, a letter first."
            )

    def as_input(self) -> InputElement:
        """Itself."""
        return self

    def as_tomaat_json(self) -> dict[str, Any]:
        """The element as the first TOMAAT's clients expect it; they show ``text`` as it is, so it is never empty."""
        description = super().as_tomaat_json()
        if "text" in description:
            description["text"] = self.text or self.destination
        return description

    @property
    def name(self) -> str:
        """The destination: what errors call the field."""
        return self.destination

    @property
    def fallback(self) -> Any:
        """The value when the field is left out: the default if the element has one."""
        return getattr(self, "default", None)

    @property
    def required(self) -> bool:
        """Whether a request without this field is refused."""
        return not self.optional and self.fallback is None

    def invalid(self, expected: str) -> InvalidInput:
        """The error to raise for this field; ``expected`` is a sentence that says what was expected."""
        return InvalidInput(expected, field=self.destination)

    def check(self, text: str) -> None:
        """Raise :class:`InvalidInput` where ``text`` is not for this element. Runs in the host: cheap, pure Python."""
        self.parse(text)

    def parse(self, text: str) -> Any:
        """The value that a form field's text stands for. Raises :class:`InvalidInput`."""
        raise NotImplementedError(f"{type(self).__name__} takes no text")

    def check_file(self, path: Path, limits: Limits | None = None) -> None:
        """Raise :class:`InvalidInput` for a file that can be refused by its first bytes. Runs in a thread of the
        host, so it is cheap, pure Python, and never trusts what the file says.

        :param limits: how large a volume this host takes.
        """

    def read(self, path: Path, scratch: Path, limits: Limits | None = None) -> Any:
        """The value that an uploaded file stands for, read in a worker. Raises :class:`InvalidInput`.

        :param path: the upload; its name says nothing about its content.
        :param scratch: an empty folder for what has to be unpacked.
        :param limits: how large a volume this host takes.
        """
        raise NotImplementedError(f"{type(self).__name__} takes no file")

    def convert(self, source: Path, target: Path) -> None:
        """Write an upload again as :meth:`read` understands it, in the format of ``target``'s extension. Runs in a
        process of its own. Raises :class:`InvalidInput`."""
        shutil.copyfile(source, target)


@dataclass(frozen=True)
class OutputElement(Element):
    """What a result shows.

    :param name: the result's name in the API.
    :param field: its key in ``data``; the name when empty.
    :param text: its label for people; the name when empty.
    """

    name: str
    field: str = ""
    text: str = ""

    formats: ClassVar[tuple[Format, ...]]
    """What it can be written as; the first is the default."""
    tomaat_format: ClassVar[str]
    """The extension of what clients of the first TOMAAT get."""
    tomaat_text: ClassVar[bool] = False
    """Whether those clients get the file's text as it is, and not its base64."""
    tomaat_keys: ClassVar[tuple[str, ...]] = ("field",)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise InvalidInterface(
                f"{self.name!r} can't be a result's name: letters, digits, '_' and '-' only, a letter first."
            )
        if not self.field:
            object.__setattr__(self, "field", self.name)

    def as_output(self) -> OutputElement:
        """Itself."""
        return self

    def format(self, extension: str) -> Format:
        """The format with this extension. Raises :class:`NotAcceptable`, and says which there are."""
        for format_ in self.formats:
            if format_.extension == extension:
                return format_
        known = ", ".join(format_.extension for format_ in self.formats)
        raise NotAcceptable(f"The result {self.name!r} comes as {known}, not as {extension!r}.", field=self.name)

    def encode(self, value: Any, target: Path, grids: Mapping[str, Grid]) -> None:
        """Write ``data[field]`` in the format of ``target``'s extension. Raises :class:`InvalidOutput`.

        :param target: a file that does not exist yet; its name ends in one of :attr:`formats`.
        :param grids: the grid of every input volume, by destination, as it was before the app ran.
        """
        raise NotImplementedError

    def inline(self, value: Any) -> str | None:
        """What :meth:`encode` would write, where that is a short text in UTF-8 and needs no file to be made; else
        ``None``. It saves a call that is over in a moment most of what files cost."""
        return None

    def preview(self, value: Any) -> Any:
        """What the job's JSON shows beside the link: the text itself, say; ``None`` for what is no small JSON."""
        return None

    def convert(self, source: Path, target: Path) -> None:
        """Write an encoded result again, in the format of ``target``'s extension. Runs in a process of its own."""
        shutil.copyfile(source, target)
