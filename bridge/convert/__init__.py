"""Offline work: every frame of a source through the same stages, into a file others can read."""
