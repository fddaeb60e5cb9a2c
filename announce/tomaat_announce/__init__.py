"""The TOMAAT announcement service: the registry that hosts announce to and clients discover from."""

__version__ = "1.0.0.dev0"
