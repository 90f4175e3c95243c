"""What solving costs: ``python -m pytest tests/benchmarks/test_solving_speed.py --benchmark-only``.

The budget is 1 ms a frame in the median, network included, on a core of its own.
"""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bridge.errors import ModelError
from bridge.layouts import Layout
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import Intrinsics, Keypoints, Observation, Stamp

CEILING_S = 4e-3  # a loaded machine; only a mistake is slower


@pytest.mark.parametrize("body", ["analytic", "network"])
def test_one_body_frame(benchmark: BenchmarkFixture, body: str) -> None:
    try:
        solver = Solver(SolvingSettings.model_validate({"body": body}))
    except ModelError as missing:
        pytest.skip(str(missing))
    rng = np.random.default_rng(0)
    frames = count()
    base = rng.normal(size=(33, 3)) * 0.4

    def observe() -> tuple[tuple[Observation], dict[str, object]]:
        frame = next(frames)
        landmarks = base + rng.normal(size=(33, 3)) * 0.01
        body = Keypoints(
            Layout.MEDIAPIPE_BODY_33, landmarks, landmarks[:, :2] * 400 + 500, np.full(33, 0.9)
        )
        stamp = Stamp(frame, frame * 33_333_333, "benchmark")
        return (Observation(stamp, body=body, camera=Intrinsics.from_fov(1000, 1000)),), {}

    benchmark.pedantic(solver.solve, setup=observe, rounds=300, warmup_rounds=20)
    if benchmark.stats is not None:
        assert benchmark.stats.stats.median < CEILING_S
