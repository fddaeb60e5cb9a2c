"""Weights: what an app takes, the ways to load them, and the host's store of them."""
