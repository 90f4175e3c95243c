"""Faces: 478 landmarks to head, jaw and eye rotations and the 52 ARKit weights."""
