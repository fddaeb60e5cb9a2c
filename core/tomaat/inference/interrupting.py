"""End a pass of a network in the middle, so that a cancelled job does not hold its device until the window is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from torch import jit, nn
from torch.utils._python_dispatch import TorchDispatchMode

from tomaat.weights.network import Network

POLL = 0.05
"""Seconds between two looks at whether a network outside torch shall go on."""

Check = Callable[[], None]
"""Raises if the pass shall end."""


@contextmanager
def interrupted_by(check: Check, module: Any, network: Network) -> Iterator[None]:
    """Have what ``check`` raises end what runs inside.

    :param module: the torch module that runs; ``None`` for a network outside torch, which is then stopped by its own
    means.
    """
    raised: list[Exception] = []

    def ask() -> None:
        try:
            check()
        except Exception as error:
            raised.append(error)
            raise

    try:
        with _asking(ask, module, network):
            yield
    except Exception:
        if raised:  # perhaps within what TorchScript or another runtime made of it
            raise raised[0] from None
        raise


def _asking(ask: Check, module: Any, network: Network) -> AbstractContextManager[Any]:
    if module is None:
        return _watched(ask, network)
    return _CheckEachOperator(ask) if isinstance(module, jit.ScriptModule) else _checked_layers(ask, module)


class _CheckEachOperator(TorchDispatchMode):
    """Asks before every operator: TorchScript calls no hooks of layers."""

    def __init__(self, check: Check) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._check = check

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._check()
        return func(*args, **(kwargs or {}))


@contextmanager
def _checked_layers(check: Check, module: nn.Module) -> Iterator[None]:
    """Ask before every layer of this pass: another thread's job may run the same module meanwhile."""
    own = threading.get_ident()

    def ask(*_: Any) -> None:
        if threading.get_ident() == own:
            check()

    layers = [layer for layer in module.modules() if not any(layer.children())]
    hooks = [layer.register_forward_pre_hook(ask) for layer in layers]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _watched(check: Check, network: Network) -> Iterator[None]:
    """Ask from a thread of its own, and stop the network."""
    done = threading.Event()
    stopped = threading.Event()

    def watch() -> None:
        while not done.wait(POLL):
            try:
                check()
            except Exception:
                stopped.set()
                network.stop()
                return

    watcher = threading.Thread(target=watch, name="cancelling")
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    if stopped.is_set():  # too late to stop it, but not to say so
        check()
