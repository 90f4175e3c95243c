"""The yardstick measures what it says."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.geometry import quat_from_rotvec, quat_multiply, rotvec_from_quat
from bridge.skeleton import SmplxJoint
from tools.body_metrics import body_errors, lag_s

FPS = 30.0


def waving(frames: int = 120) -> np.ndarray:
    local = np.zeros((frames, 55, 4))
    local[..., 3] = 1.0
    swing = 0.8 * np.sin(np.arange(frames) / FPS * 2.0 * np.pi)
    local[:, SmplxJoint.LEFT_SHOULDER] = quat_from_rotvec(swing[:, None] * np.array([0.0, 0, 1.0]))
    return local


def test_truth_against_itself_is_perfect() -> None:
    truth = waving()
    errors = body_errors(rotvec_from_quat(truth), truth, fps=FPS)
    assert errors.world_deg["all"] == pytest.approx(0.0, abs=1e-3)
    assert errors.jitter == pytest.approx(1.0, rel=1e-6)
    assert errors.lag_ms == pytest.approx(0.0, abs=1.0)


def test_a_twist_is_counted_as_twist_and_not_as_direction() -> None:
    truth = waving()
    twisted = truth.copy()
    twist = quat_from_rotvec(np.array([0.5, 0.0, 0.0]))
    shoulder, elbow = SmplxJoint.LEFT_SHOULDER, SmplxJoint.LEFT_ELBOW
    twisted[:, shoulder] = quat_multiply(truth[:, shoulder], twist)
    twisted[:, elbow] = quat_multiply(
        quat_from_rotvec(np.array([-0.5, 0.0, 0.0])), twisted[:, elbow]
    )
    errors = body_errors(rotvec_from_quat(twisted), truth, fps=FPS)
    assert errors.direction_deg["all"] == pytest.approx(0.0, abs=1e-3)
    assert errors.twist_deg["upper arm"] == pytest.approx(np.rad2deg(0.5) / 2, rel=1e-3)
    assert errors.twist_deg["forearm"] == pytest.approx(0.0, abs=1e-3)


def test_lag_is_found_to_a_fraction_of_a_frame() -> None:
    times = np.arange(200) / FPS

    def path(delay_s: float) -> np.ndarray:
        phase = 2.0 * np.pi * (times - delay_s)
        return np.stack([np.sin(phase), np.cos(1.7 * phase), np.sin(0.6 * phase)], axis=-1)[:, None]

    for delay_s in (0.0, 0.012, 0.05, 0.12):
        assert lag_s(path(delay_s), path(0.0), fps=FPS) == pytest.approx(delay_s, abs=0.003)
