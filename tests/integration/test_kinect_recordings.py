"""Real Kinect recordings through the solver: no flips, feet on the floor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.geometry import angle_between, quat_from_rotvec
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.sources.kinect_joints import KinectJointsSource
from bridge.types import ActorPose

J = SmplxJoint
SQUAT = "bodyweight_squat_side_view.csv"
RECORDINGS = (
    "azure/26_07_15_56_53.csv",
    f"azure/{SQUAT}",
    "v2/Ges01_wavehand.csv",
    "v2/Ges02_balancinghands.csv",
    "v2/Ges03_drawlines.csv",
    "v2/Ges04_comehere.csv",
    "v2/Ges05_demopoint.csv",
    "v2/Ges06_chickenwing.csv",
    "v2/joints.csv",
)
FLIP_DEG = 60.0  # no trunk turns so far between two pictures, 33 ms apart


def solved(path: Path) -> list[ActorPose]:
    solver = Solver(SolvingSettings())
    with KinectJointsSource(path) as source:
        items = [source.read() for _ in range(source.info.length or 0)]
    return [solver.solve(item) for item in items if item is not None]


@pytest.mark.parametrize("name", RECORDINGS)
def test_plays_without_flips(shared_data: Callable[[str], Path], name: str) -> None:
    poses = solved(shared_data(f"kinect/{name}"))
    assert len(poses) > 150
    rotations = quat_from_rotvec(np.stack([pose.rotvecs_rad for pose in poses]).astype(float))
    steps_deg = np.rad2deg(angle_between(rotations[1:], rotations[:-1]))
    assert steps_deg[:, J.PELVIS].max() < FLIP_DEG
    assert steps_deg[:, [J.SPINE1, J.SPINE2, J.SPINE3, J.NECK]].max() < FLIP_DEG
    # Everybody in these recordings is upright: the pelvis's up points up.
    joints, _ = forward_kinematics(
        rotations, np.stack([p.root_m for p in poses]).astype(float), rest_joints=rest_joints_m()
    )
    assert np.isfinite(joints).all()
    assert np.median(joints[:, J.NECK, 1] - joints[:, J.PELVIS, 1]) > 0.3


def test_squat_keeps_its_feet_on_the_floor(shared_data: Callable[[str], Path]) -> None:
    poses = solved(shared_data(f"kinect/azure/{SQUAT}"))[30:]
    rotations = quat_from_rotvec(np.stack([pose.rotvecs_rad for pose in poses]).astype(float))
    roots = np.stack([pose.root_m for pose in poses]).astype(float)
    joints, _ = forward_kinematics(rotations, roots, rest_joints=rest_joints_m())
    lowest_m = joints[:, [J.LEFT_ANKLE, J.RIGHT_ANKLE, J.LEFT_FOOT, J.RIGHT_FOOT], 1].min(axis=1)
    assert np.ptp(roots[:, 1]) > 0.3  # the hips do go down
    assert np.percentile(np.abs(lowest_m - np.median(lowest_m)), 90) < 0.12
