"""Filters, persistence and framing: how the solver behaves over time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.layouts import BodyLandmark
from bridge.skeleton import SmplxJoint
from bridge.solving.filters import RotationFilter, VectorFilter
from bridge.solving.settings import SmoothingSettings, SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import Observation

J = SmplxJoint
IDENTITY = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
LEGS = [int(mark) for mark in BodyLandmark if mark >= BodyLandmark.LEFT_KNEE]


def rotation_filter(*, min_cutoff_hz: float = 2.0, speed_gain: float = 1.0) -> RotationFilter:
    return RotationFilter(
        min_cutoff_hz=np.array([min_cutoff_hz]),
        speed_gain=np.array([speed_gain]),
        max_speed_rad_s=40.0,
    )


def about_y(angles_rad: np.ndarray) -> np.ndarray:
    return Rotation.from_rotvec(angles_rad[:, None] * (0.0, 1.0, 0.0)).as_quat()[:, None]


def test_rotation_at_rest_is_calmed() -> None:
    rng = np.random.default_rng(1)
    smooth = rotation_filter()
    noisy = Rotation.from_rotvec(rng.normal(size=(300, 3)) * 0.02)
    out = [smooth.step(q[None], dt_s=1 / 30)[0] for q in noisy.as_quat()]
    spread = Rotation.from_quat(out[30:]).magnitude().mean()
    assert spread < 0.6 * noisy[30:].magnitude().mean()


def test_quick_turn_is_followed_within_the_lag() -> None:
    smooth = rotation_filter(min_cutoff_hz=3.0)
    speed = 6.0  # rad/s
    times = np.arange(0, 0.5, 1 / 30)
    out = [smooth.step(q, dt_s=1 / 30)[0] for q in about_y(speed * times)]
    behind_s = times[-1] - Rotation.from_quat(out[-1]).magnitude() / speed
    assert 0.0 < behind_s < 0.025


@pytest.mark.parametrize("fps", [15, 60, 120])
def test_the_result_depends_on_time_not_on_frames(fps: int) -> None:
    def settle(rate: int) -> float:
        smooth = rotation_filter(speed_gain=0.0)
        smooth.step(about_y(np.zeros(1))[0], dt_s=1 / rate)
        for _ in range(rate // 5):
            out = smooth.step(about_y(np.full(1, 0.5))[0], dt_s=1 / rate)
        return float(Rotation.from_quat(out[0]).magnitude())

    assert settle(fps) == pytest.approx(settle(240), rel=0.1)


def test_speed_is_limited_and_double_cover_is_the_short_way() -> None:
    smooth = rotation_filter(min_cutoff_hz=100.0)
    start = about_y(np.zeros(1))[0]
    smooth.step(start, dt_s=1 / 30)
    turned = smooth.step(about_y(np.full(1, 3.0))[0], dt_s=0.01)
    assert Rotation.from_quat(turned[0]).magnitude() <= 0.4 + 1e-6
    calm = rotation_filter()
    calm.step(start, dt_s=1 / 30)
    np.testing.assert_allclose(np.abs(calm.step(-start, dt_s=1 / 30)), np.abs(start), atol=1e-9)


def test_no_time_no_change() -> None:
    smooth = VectorFilter(min_cutoff_hz=1.0, speed_gain=0.0)
    first = smooth.step(np.zeros(3), dt_s=1 / 30)
    np.testing.assert_array_equal(smooth.step(np.ones(3), dt_s=0.0), first)


def test_invented_legs_stand_naturally(observe_pose: Callable[..., Observation]) -> None:
    """A tracker that guesses legs below the picture gives them little confidence."""
    local = IDENTITY.copy()
    local[J.LEFT_HIP] = Rotation.from_euler("x", -80, degrees=True).as_quat()
    settings = SolvingSettings(body="analytic", smoothing=SmoothingSettings(enabled=False))
    solver = Solver(settings)
    for sequence in range(60):
        pose = solver.solve(
            observe_pose(local, sequence=sequence, doubted=dict.fromkeys(LEGS, 0.2))
        )
    assert np.abs(pose.rotvecs_rad[J.LEFT_HIP]).max() < 0.05
    assert pose.confidence[J.LEFT_HIP] == 0.0
    assert pose.confidence[J.LEFT_SHOULDER] > 0.9


def test_a_standing_lean_of_the_upper_body_becomes_upright(
    observe_pose: Callable[..., Observation],
) -> None:
    def lean(degrees: float) -> np.ndarray:
        local = IDENTITY.copy()
        local[J.PELVIS] = Rotation.from_euler("x", degrees, degrees=True).as_quat()
        return local

    solver = Solver(SolvingSettings(body="analytic"))
    for sequence in range(60):
        usual = solver.solve(observe_pose(lean(25), sequence=sequence, hidden=LEGS))
    for sequence in range(60, 75):
        bent = solver.solve(observe_pose(lean(45), sequence=sequence, hidden=LEGS))
    assert abs(np.rad2deg(usual.rotvecs_rad[J.PELVIS][0])) < 3.0
    assert np.rad2deg(bent.rotvecs_rad[J.PELVIS][0]) > 10.0


def test_doubt_does_not_make_a_limb_flicker(observe_pose: Callable[..., Observation]) -> None:
    arm = [int(BodyLandmark[f"LEFT_{n}"]) for n in ("ELBOW", "WRIST", "PINKY", "INDEX", "THUMB")]
    solver = Solver(SolvingSettings(body="analytic"))
    rng = np.random.default_rng(0)
    seen = []
    for sequence in range(60):
        doubt = dict.fromkeys(arm, 0.9 if sequence == 0 else float(rng.uniform(0.2, 0.39)))
        pose = solver.solve(observe_pose(IDENTITY, sequence=sequence, doubted=doubt))
        seen.append(pose.confidence[J.LEFT_SHOULDER] > 0)
        assert np.abs(pose.rotvecs_rad[J.LEFT_SHOULDER]).max() < 0.05
    assert all(seen)
