"""What solving costs: ``python -m pytest tests/benchmarks/test_solving_speed.py --benchmark-only``.

The budget is 1 ms a frame in the median, network included, on a core of its own.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from itertools import count
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bridge.errors import ModelError
from bridge.layouts import Layout
from bridge.resources import demo_recording
from bridge.solving import hands_and_face, solver
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.sources.recording import RecordingSource
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


SECTIONS: tuple[tuple[Any, str], ...] = (
    (hands_and_face.FaceSolver, "solve"),
    (hands_and_face.HandSolver, "solve"),
    (solver, "canonical_body"),
    (solver.Steadiness, "step"),
    (solver, "rigid_limbs"),
    (solver, "analytic_body"),
    (solver.BodyNetwork, "step"),
    (solver.Persistence, "step"),
    (solver.RotationFilter, "step"),
    (solver.Ground, "step"),
)


def test_the_bundled_recording(
    benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Body, face and now and then a hand; ``extra_info`` has what each part takes in a frame that
    has it, median in microseconds (``--benchmark-json``)."""
    observations: list[Observation] = []
    with RecordingSource(demo_recording()) as source:
        while (seen := source.read()) is not None:
            observations.append(seen)
    taken_s: dict[str, list[float]] = defaultdict(list)
    for owner, name in SECTIONS:
        label = f"{owner.__name__.rpartition('.')[2]}.{name}"
        monkeypatch.setattr(owner, name, timed(getattr(owner, name), taken_s[label]))
    moments = iter(observations)
    benchmark.pedantic(Solver(SolvingSettings()).solve, setup=lambda: ((next(moments),), {}),
                       rounds=len(observations))  # fmt: skip
    benchmark.extra_info |= {
        label: round(float(np.median(times)) * 1e6, 1) for label, times in taken_s.items() if times
    }


def timed(part: Any, times: list[float]) -> Any:
    @functools.wraps(part)
    def call(*args: Any, **kwargs: Any) -> Any:
        start = perf_counter()
        result = part(*args, **kwargs)
        if result is not None:  # a hand that is not there
            times.append(perf_counter() - start)
        return result

    return call
