"""What the predictions of all frameworks have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tomaat.errors import InvalidOutput, WeightsMismatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Data = dict[str, Any]


class Prediction(ABC):
    """Runs a network on fields of the data: arrays in, ``float32`` arrays out, in whatever shape the network has them.

    The network is loaded when it is first needed, or by :meth:`load`: a script that only describes its service, as the
    host has it do, loads none.

    :param model_path: the network's file.
    :param input_arg_names: what the network calls its inputs.
    :param input_fields: the fields of ``data`` that these are read from, in the same order.
    :param output_fields: the fields that its outputs are written to, in their order.
    :param with_gpu: whether to compute on a GPU, if there is one; else there is a warning.

    Raises :class:`FileNotFoundError`, :class:`ValueError` where names and fields are not as many, and
    :class:`WeightsMismatch` for a file that is of another kind.
    """

    preload: ClassVar[tuple[str, ...]] = ()
    """What it imports to compute."""

    def __init__(
        self,
        model_path: str | Path,
        input_arg_names: Sequence[str],
        input_fields: Sequence[str],
        output_fields: Sequence[str],
        with_gpu: bool = True,
    ) -> None:
        if len(input_arg_names) != len(input_fields):
            raise ValueError(
                f"{len(input_arg_names)} input_arg_names need as many input_fields, not {len(input_fields)}."
            )
        self.model_path = Path(model_path).absolute()
        self.input_arg_names = tuple(input_arg_names)
        self.input_fields = tuple(input_fields)
        self.output_fields = tuple(output_fields)
        self.with_gpu = with_gpu
        if not self.model_path.is_file():
            raise FileNotFoundError(f"There is no network in {model_path}.")
        self._check(self.model_path)
        self._loaded = False

    def load(self, device: str | None = None) -> None:
        """Load the network, unless it is loaded.

        :param device: where to compute if ``with_gpu`` allows it: ``cuda:0``, ``cpu``; a GPU if there is one when
            ``None``.
        """
        if not self._loaded:
            self._load(device if self.with_gpu else "cpu")
            self._loaded = True

    def __call__(self, data: Data) -> Data:
        """Run the network on ``data``, and add its outputs.

        Raises :class:`KeyError` for a field that is missing, and :class:`InvalidOutput` where the outputs are not as
        many as their fields.
        """
        import numpy as np

        self.load()
        fields = zip(self.input_arg_names, self.input_fields, strict=True)
        outputs = self._run({name: np.asarray(data[field]) for name, field in fields})
        if len(outputs) != len(self.output_fields):
            raise InvalidOutput(
                f"The network has {len(outputs)} outputs, and output_fields has {len(self.output_fields)}."
            )
        for field, output in zip(self.output_fields, outputs, strict=True):
            data[field] = output.astype(np.float32, copy=False)
        return data

    @abstractmethod
    def _check(self, path: Path) -> None:
        """Raise :class:`WeightsMismatch` for a file of another kind, by its first bytes."""

    @abstractmethod
    def _load(self, device: str | None) -> None:
        """Read the file."""

    @abstractmethod
    def _run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        """The outputs for these inputs, by name."""


def refused(path: Path, why: str) -> WeightsMismatch:
    """The error for a file that can't be taken."""
    return WeightsMismatch(f"{path.name} {why}")
