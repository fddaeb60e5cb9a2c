"""The marker that turns a function into a hook implementation."""

import pluggy

hookimpl = pluggy.HookimplMarker("tomaat")
"""``@hookimpl`` on a function named as in :mod:`tomaat.hookspecs`; ``@hookimpl(wrapper=True)`` wraps the others."""
