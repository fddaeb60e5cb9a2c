"""The ``tomaat`` command."""
