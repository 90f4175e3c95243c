"""Simulated sensors: landmarks where anatomy puts them, noise in the amounts asked for."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.geometry import quat_from_rotvec
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import BodyLandmark, HandLandmark, Layout
from bridge.skeleton import SmplxJoint
from bridge.solving.canonical import CanonicalJoint, canonical_body
from tools.mocap.retarget import SmplxMotion
from tools.sensors.landmarks import landmark_set
from tools.sensors.noise import CLEAN, HARSH, NOISY, NoiseSettings, add_noise, limb_table
from tools.sensors.simulate import resample, simulate

BODIES = [
    Layout.MEDIAPIPE_BODY_33, Layout.AZURE_KINECT_32, Layout.KINECT_V2_25,
    Layout.OPENPOSE_BODY_25, Layout.COCO_17,
]  # fmt: skip


def standing(frames: int, *, fps: float = 30.0) -> SmplxMotion:
    local = np.zeros((frames, 55, 4))
    local[..., 3] = 1.0
    root = np.broadcast_to(rest_joints_m()[0].astype(np.float64), (frames, 3)).copy()
    return SmplxMotion(local_xyzw=local, root_m=root, fps=fps)


@pytest.mark.parametrize("layout", BODIES)
def test_rows_are_in_the_order_that_the_solver_reads(layout: Layout) -> None:
    """Seen through the solver's own table, every joint of the rest pose is where it should be."""
    clip = simulate(standing(1), layout=layout, noise=CLEAN, rng=np.random.default_rng(0))
    body = clip.observations[0].body
    assert body is not None
    seen = canonical_body(body)
    rest = rest_joints_m().astype(np.float64)
    hips = [CanonicalJoint.LEFT_HIP, CanonicalJoint.RIGHT_HIP]
    origin = seen.positions_m[hips].mean(axis=0) - rest[[1, 2]].mean(axis=0)
    for side in ("LEFT", "RIGHT"):
        for part in ("SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE"):
            joint = CanonicalJoint[f"{side}_{part}"]
            assert seen.confidence[joint] == 1.0
            at = seen.positions_m[joint] - origin
            assert np.allclose(at, rest[SmplxJoint[f"{side}_{part}"]], atol=1e-6)


def test_hand_landmarks_follow_the_fingers() -> None:
    local = np.zeros((55, 4))
    local[:, 3] = 1.0
    local[SmplxJoint.LEFT_INDEX1] = quat_from_rotvec(np.array([0.0, 0.0, -np.pi / 2]))
    positions, rotations = forward_kinematics(
        local, np.zeros(3), rest_joints=rest_joints_m().astype(np.float64)
    )
    points = landmark_set(Layout.MEDIAPIPE_HAND_21, side="LEFT").place(positions, rotations)
    assert points.shape == (21, 3)
    down = points[HandLandmark.INDEX_TIP] - points[HandLandmark.INDEX_MCP]
    assert np.allclose(down / np.linalg.norm(down), [0.0, -1.0, 0.0], atol=1e-6)


def test_noise_has_the_amounts_asked_for() -> None:
    names = landmark_set(Layout.MEDIAPIPE_BODY_33).names
    still = np.zeros((4000, 33, 3))
    steady = NoiseSettings(burst_rate_hz=0.0)
    noisy, confidence = add_noise(
        still, table=limb_table(names), settings=steady, fps=30.0, rng=np.random.default_rng(1)
    )
    assert np.allclose(noisy.std(axis=(0, 1)), [0.010, 0.010, 0.030], rtol=0.05)
    lagged = (noisy[3:] * noisy[:-3]).mean() / (noisy * noisy).mean()
    assert lagged == pytest.approx(0.5 ** (3 / (steady.correlation_s * 30.0)), abs=0.03)
    assert (confidence == steady.confidence).all()


def test_a_limb_moves_together_where_errors_are_common() -> None:
    names = landmark_set(Layout.MEDIAPIPE_BODY_33).names
    together = NoiseSettings(burst_rate_hz=0.0, common_share=1.0)
    noisy, _ = add_noise(
        np.zeros((50, 33, 3)), table=limb_table(names), settings=together, fps=30.0,
        rng=np.random.default_rng(1),
    )  # fmt: skip
    assert np.allclose(noisy[:, BodyLandmark.LEFT_WRIST], noisy[:, BodyLandmark.LEFT_INDEX])
    assert not np.allclose(noisy[:, BodyLandmark.LEFT_WRIST], noisy[:, BodyLandmark.RIGHT_WRIST])


def test_swaps_exchange_sides_and_bursts_lower_confidence() -> None:
    names = landmark_set(Layout.MEDIAPIPE_BODY_33).names
    table = limb_table(names)
    assert table.mirrored[BodyLandmark.MOUTH_LEFT] == BodyLandmark.MOUTH_RIGHT
    assert set(table.legs) == set(range(BodyLandmark.LEFT_KNEE, 33))
    clip = simulate(standing(600), noise=HARSH, rng=np.random.default_rng(2))
    confidence = np.stack([seen.body.confidence for seen in clip.observations if seen.body])
    assert {0.0, HARSH.confidence, HARSH.burst_confidence} >= {
        float(np.round(value, 6)) for value in np.unique(confidence).astype(np.float64)
    }


def test_resampling_keeps_time() -> None:
    motion = standing(121, fps=120.0)
    motion.root_m[:, 0] = np.arange(121) / 120.0
    slower = resample(motion, fps=25.0)
    assert np.allclose(slower.root_m[:, 0], np.arange(len(slower.root_m)) / 25.0)


def test_the_same_seed_gives_the_same_noise() -> None:
    one, other = (
        simulate(standing(5), noise=NOISY, rng=np.random.default_rng(7)).observations[4].body
        for _ in range(2)
    )
    assert one is not None
    assert other is not None
    assert np.array_equal(one.positions_m, other.positions_m)
