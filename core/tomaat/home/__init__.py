"""The data folder: which host holds it, and which database belongs to it."""
