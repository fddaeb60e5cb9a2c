"""Calls TOMAAT hosts from 3D Slicer: everything but Qt and the scene, so that it runs and is tested without Slicer.

It needs Python 3.9, which Slicer 5.0 brought, and nothing beside the standard library.
"""

from __future__ import annotations
