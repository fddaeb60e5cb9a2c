"""Manifests: a network as an app without code, from a TOML file that says how it was trained."""
