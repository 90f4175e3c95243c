"""Collars that follow raised arms, seen through forward kinematics and SciPy's rotations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.body import local_from_world
from bridge.solving.collars import raise_collars

J = SmplxJoint
REST = rest_joints_m().astype(float)


def raised(left_deg: float, right_deg: float, chest: Rotation) -> np.ndarray:
    """World rotations of a body whose arms point so far above the T-pose."""
    world = np.broadcast_to(chest.as_matrix(), (22, 3, 3)).copy()
    for joint, angle_deg in ((J.LEFT_SHOULDER, left_deg), (J.RIGHT_SHOULDER, -right_deg)):
        world[joint] = (chest * Rotation.from_euler("z", angle_deg, degrees=True)).as_matrix()
    return world


def joints_m(world: np.ndarray) -> np.ndarray:
    local = np.zeros((55, 4))
    local[:, 3] = 1.0
    local[:22] = Rotation.from_matrix(local_from_world(world)).as_quat()
    return forward_kinematics(local, np.zeros(3), rest_joints=REST)[0]


@pytest.mark.parametrize("chest_deg", [(0, 0, 0), (20, 70, -15)])
def test_a_raised_arm_takes_its_shoulder_up(chest_deg: tuple[float, float, float]) -> None:
    chest = Rotation.from_euler("xyz", chest_deg, degrees=True)
    world = raised(75.0, -60.0, chest)
    before = world.copy()
    raise_collars(world)
    moved = chest.inv().apply(joints_m(world) - joints_m(before))
    assert 0.03 < moved[J.LEFT_SHOULDER, 1] < 0.05
    assert abs(moved[J.RIGHT_SHOULDER]).max() < 1e-9
    others = [j for j in range(22) if j not in (J.LEFT_COLLAR, J.RIGHT_COLLAR)]
    np.testing.assert_array_equal(world[others], before[others])
    angle_deg = np.rad2deg(
        Rotation.from_matrix(chest.as_matrix().T @ world[J.LEFT_COLLAR]).magnitude()
    )
    assert angle_deg == pytest.approx(0.22 * 75.0, abs=1e-6)


def test_both_sides_are_mirrored() -> None:
    world = raised(50.0, 50.0, Rotation.identity())
    raise_collars(world)
    placed = joints_m(world)
    np.testing.assert_allclose(placed[J.LEFT_ELBOW] * (-1, 1, 1), placed[J.RIGHT_ELBOW], atol=1e-9)


def test_nothing_jumps_as_an_arm_passes_the_t_pose() -> None:
    heights = []
    for angle_deg in np.linspace(-5.0, 5.0, 41):
        world = raised(angle_deg, 0.0, Rotation.identity())
        raise_collars(world)
        heights.append(joints_m(world)[J.LEFT_SHOULDER, 1])
    assert np.ptp(heights[:21]) < 1e-9  # below it, and in it, shoulders rest
    assert abs(np.diff(heights)).max() < 2e-4
