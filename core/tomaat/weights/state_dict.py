"""From a file's tensors into an app's network, and what to say where they do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tomaat.errors import WeightsMismatch

if TYPE_CHECKING:
    import torch

    Tensors = dict[str, torch.Tensor]

WRAPPERS = ("state_dict", "model_state_dict", "model", "network_weights", "net")
"""Under what training frameworks keep the state dict in a checkpoint, beside optimizers and epochs."""
NAMED = 5
"""Tensors that an error names, of each sort."""
COUNTER = ".num_batches_tracked"
"""Batch norms have it since torch 0.4.1, and need it in training only."""


def tensors_of(checkpoint: Any) -> Tensors:
    """The state dict in what a file held: itself, or wrapped as training frameworks do.

    Raises :class:`WeightsMismatch`.
    """
    import torch

    if isinstance(checkpoint, Mapping):
        for wrapper in WRAPPERS:
            if isinstance(checkpoint.get(wrapper), Mapping):
                checkpoint = checkpoint[wrapper]
                break
        if checkpoint and all(
            isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in checkpoint.items()
        ):
            return dict(checkpoint)
    raise WeightsMismatch(
        "A state dict was expected: tensors by their names, as torch.save(model.state_dict(), ...) writes them; this "
        "file holds something else."
    )


def fill(network: torch.nn.Module, tensors: Tensors, expected: str) -> None:
    """Put the tensors into the network; every parameter and buffer gets its own, in the network's precision.

    :param expected: the network in words, for errors.

    Raises :class:`WeightsMismatch`, which names the tensors that are missing, unexpected or of another shape.
    """
    wanted = network.state_dict()
    tensors = _without_prefix(tensors, wanted)
    missing = [name for name in wanted if name not in tensors and not name.endswith(COUNTER)]
    unexpected = [name for name in tensors if name not in wanted]
    reshaped = [
        f"{name} is {_shape(tensors[name])} and not {_shape(tensor)}"
        for name, tensor in wanted.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    if missing or unexpected or reshaped:
        parts = [
            *_listed(missing, "tensor is missing", "tensors are missing"),
            *_listed(unexpected, "is unexpected", "are unexpected"),
            *_listed(reshaped, "has another shape", "have other shapes"),
        ]
        raise WeightsMismatch(f"These weights do not fit {expected}: {'; '.join(parts)}.")
    network.load_state_dict(tensors, strict=False)  # whatever matters was compared above


def _without_prefix(tensors: Tensors, wanted: Mapping[str, Any]) -> Tensors:
    """The tensors without what DataParallel (``module.``) or a wrapping class (``model.``) put before every name.

    Of all prefixes that the names share, the one whose removal fits best; none, where none does better.
    """
    best, score = tensors, _matches(tensors, wanted)
    for prefix in _shared_prefixes(list(tensors)):
        stripped = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
        if (matches := _matches(stripped, wanted)) > score:
            best, score = stripped, matches
    return best


def _matches(tensors: Tensors, wanted: Mapping[str, Any]) -> int:
    return sum(name in wanted for name in tensors)


def _shared_prefixes(names: Sequence[str]) -> Iterator[str]:
    """``a.``, ``a.b.``, ... as far as all names begin alike; the last part of a name is never of it."""
    parts = [name.split(".")[:-1] for name in names]
    prefix = ""
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            return
        prefix += f"{column[0]}."
        yield prefix


def _listed(names: Sequence[str], one: str, several: str) -> Iterator[str]:
    """``2 tensors are missing (a, b)``; nothing for no names."""
    if names:
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{len(names)} {one if len(names) == 1 else several} ({', '.join(names[:NAMED])}{more})"


def _shape(tensor: torch.Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a single number"
