"""Hands and face joined with the body, and what happens when they are not seen."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from bridge.geometry import camera_from_world
from bridge.kinematics import rest_joints_m
from bridge.layouts import HandLandmark, Layout
from bridge.skeleton import LEFT_HAND_JOINTS, RIGHT_HAND_JOINTS, SmplxJoint
from bridge.solving.face.pose import load_template
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import Keypoints, Observation, Stamp

FRAME_NS = 33_333_333


def keypoints(layout: Layout, points_world: np.ndarray) -> Keypoints:
    return Keypoints(
        layout,
        camera_from_world(points_world).astype(np.float32),
        np.zeros((layout.count, 2), np.float32),
        np.ones(layout.count, np.float32),
    )


def left_fist() -> Keypoints:
    """A left hand palm down, fingers pointing back under the palm."""
    rest = rest_joints_m()
    wrist = rest[SmplxJoint.LEFT_WRIST]
    points = np.zeros((21, 3))
    for finger in ("INDEX", "MIDDLE", "RING", "PINKY"):
        knuckle = rest[SmplxJoint[f"LEFT_{finger}1"]] - wrist
        rows = [HandLandmark[f"{finger}_{n}"] for n in ("MCP", "PIP", "DIP", "TIP")]
        points[rows] = knuckle + np.array(
            [[0, 0, 0], [0, -0.04, 0], [-0.025, -0.04, 0], [-0.025, -0.02, 0]]
        )
    thumb = [rest[SmplxJoint[f"LEFT_THUMB{i}"]] - wrist for i in (1, 2, 3)]
    points[1:5] = [*thumb, 2.0 * thumb[2] - thumb[1]]
    return keypoints(Layout.MEDIAPIPE_HAND_21, points)


def observation(sequence: int, **parts: Keypoints) -> Observation:
    return Observation(Stamp(sequence, sequence * FRAME_NS, "test"), **parts)


def test_a_hand_alone_moves_its_fingers_only() -> None:
    pose = Solver(SolvingSettings()).solve(observation(0, left_hand=left_fist()))
    bends_deg = np.degrees(np.linalg.norm(pose.rotvecs_rad, axis=1))
    assert bends_deg[list(LEFT_HAND_JOINTS[:12])].reshape(4, 3)[:, :2].min() > 60.0
    assert pose.confidence[list(LEFT_HAND_JOINTS)].min() > 0.9
    assert pose.confidence[list(RIGHT_HAND_JOINTS)].max() == 0.0


def test_a_face_alone_turns_head_and_neck_together() -> None:
    turn = Rotation.from_euler("Y", 20.0, degrees=True)
    points = turn.apply(load_template().positions) * 0.09
    pose = Solver(SolvingSettings()).solve(
        observation(0, face=keypoints(Layout.MEDIAPIPE_FACE_478, points))
    )
    whole = Rotation.from_rotvec(pose.rotvecs_rad[SmplxJoint.NECK]) * Rotation.from_rotvec(
        pose.rotvecs_rad[SmplxJoint.HEAD]
    )
    assert np.degrees((whole * turn.inv()).magnitude()) < 0.5
    assert pose.face_confidence > 0.9


def test_weights_of_a_lost_face_hold_and_then_fade() -> None:
    solver = Solver(SolvingSettings())
    arkit = np.full(52, 0.8, np.float32)
    solver.solve(Observation(Stamp(0, 0, "test"), arkit=arkit))
    held = solver.solve(observation(6))
    np.testing.assert_allclose(held.arkit, arkit, atol=1e-6)
    for sequence in range(7, 90):
        faded = solver.solve(observation(sequence))
    assert faded.arkit.max() == 0.0
    assert faded.face_confidence == 0.0
