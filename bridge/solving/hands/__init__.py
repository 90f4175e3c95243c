"""Hands: 21 landmarks to a wrist rotation and 15 finger rotations within joint limits."""
