"""Depth lifting on motion capture, from the front and the side (all scenes: evaluate_depth)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.evaluate_depth import evaluate, scenes


def test_lifting_halves_the_error_from_front_and_side(shared_data: Callable[[str], Path]) -> None:
    found = list(scenes(shared_data("mocap")))
    for scene in found[2:4]:
        errors = evaluate(scene, frames=10)
        assert errors.lifted_m < 0.035, scene.name
        assert errors.lifted_m < 0.5 * errors.model_m, scene.name
