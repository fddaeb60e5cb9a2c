"""The version, where both the package and its build can read it."""

__version__ = "1.0.0.dev0"
