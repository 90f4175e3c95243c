"""Clips on the SMPL-X skeleton: laws, and agreement with independent conversions of one capture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.geometry import angle_between, quat_from_rotvec, rotvec_from_quat
from bridge.kinematics import forward_kinematics, global_rotations, rest_joints_m
from bridge.skeleton import SmplxJoint
from tools.mocap import rigs
from tools.mocap.asf_amc import read_amc, read_asf
from tools.mocap.bvh import read_bvh
from tools.mocap.check import direction_error_deg
from tools.mocap.dataset import Split, split_of
from tools.mocap.expmap import NAMES, read_expmap
from tools.mocap.retarget import local_from_world, retarget

J = SmplxJoint


def test_the_t_pose_of_the_rig_is_zero_rotation(tmp_path: Path) -> None:
    row = np.zeros((2, 3 + 3 * len(NAMES)))
    spread_rad = np.deg2rad(20.0)  # CMU's zero pose; turned back, the legs hang straight
    row[:, 3 + 3 * NAMES.index("LeftHip") + 2] = spread_rad
    row[:, 3 + 3 * NAMES.index("RightHip") + 2] = -spread_rad
    path = tmp_path / "t.txt"
    np.savetxt(path, row, delimiter=",")
    motion = retarget(read_expmap(path), rig=rigs.CMU_EXPMAP)
    rotation_deg = np.rad2deg(np.linalg.norm(rotvec_from_quat(motion.local_xyzw), axis=-1))
    # The rig's legs hang straight down; those of our rest skeleton lean by up to 3°.
    legs = [J[f"{s}_{p}"] for s in ("LEFT", "RIGHT") for p in ("HIP", "KNEE", "ANKLE")]
    assert rotation_deg[:, legs].max() < 4.0
    assert np.delete(rotation_deg, legs, axis=1).max() < 0.1
    positions, _ = forward_kinematics(
        motion.local_xyzw, motion.root_m, rest_joints=rest_joints_m().astype(np.float64)
    )
    assert positions[0, J.LEFT_FOOT, 1] == pytest.approx(rest_joints_m()[J.LEFT_FOOT, 1], abs=0.01)


def test_local_rotations_invert_forward_kinematics() -> None:
    rng = np.random.default_rng(3)
    local = quat_from_rotvec(rng.normal(0.0, 0.5, (4, 55, 3)))
    assert angle_between(local_from_world(global_rotations(local)), local).max() < 1e-6


def test_held_out_subjects_are_nowhere_in_training() -> None:
    assert split_of("cmu_bvh_ccbase/006_02") is Split.HELD_OUT
    for same_capture in ("cmu_bvh_daz/05_01", "cmu_expmap/basketball_1", "cmu_expmap/walking_4"):
        assert split_of(same_capture) is Split.EXCLUDED
    assert split_of("cmu_expmap/basketball_signal_1") is Split.TRAINING
    assert split_of("cmu_expmap/walking_13") is Split.TRAINING


@pytest.mark.shared_data
def test_limbs_point_where_the_source_points(shared_data: Callable[[str], Path]) -> None:
    asf = read_asf(shared_data("mocap/cmu_asf_amc/02.asf"))
    cases = [
        (read_amc(shared_data("mocap/cmu_asf_amc/02_03.amc"), skeleton=asf), rigs.CMU_ASF),
        (read_bvh(shared_data("mocap/cmu_bvh_ccbase/007_12.bvh")), rigs.CMU_BVH_CCBASE),
        (read_bvh(shared_data("mocap/cmu_bvh_131/131_01.bvh")), rigs.CMU_BVH_131),
    ]
    for source, rig in cases:
        errors = direction_error_deg(source, retarget(source, rig=rig), rig=rig)
        assert len(errors) == 8
        assert max(errors.values()) < 0.01


@pytest.mark.shared_data
def test_two_conversions_of_one_capture_agree(shared_data: Callable[[str], Path]) -> None:
    """CMU 06_04 as exponential maps at 120 fps and as an iClone rig at 60 fps."""
    one = retarget(
        read_expmap(shared_data("mocap/cmu_expmap/basketball/basketball_3.txt")),
        rig=rigs.CMU_EXPMAP,
    )
    other = retarget(
        read_bvh(shared_data("mocap/cmu_bvh_ccbase/006_04.bvh")), rig=rigs.CMU_BVH_CCBASE
    )
    first = global_rotations(one.local_xyzw)[1::2]
    second = global_rotations(other.local_xyzw)
    count = min(len(first), len(second))
    error_deg = np.rad2deg(angle_between(first[:count], second[:count])).mean(axis=0)
    limbs = [J[f"{s}_{p}"] for s in ("LEFT", "RIGHT") for p in ("HIP", "KNEE", "SHOULDER", "ELBOW")]
    trunk = [J.PELVIS, J.SPINE1, J.SPINE2, J.SPINE3, J.NECK, J.HEAD]
    assert error_deg[limbs].max() < 4.0
    assert error_deg[trunk].max() < 3.0
    assert error_deg[[J.LEFT_WRIST, J.RIGHT_WRIST]].max() < 20.0


@pytest.mark.shared_data
def test_elbows_and_knees_are_hinges_that_bend_the_human_way(
    shared_data: Callable[[str], Path],
) -> None:
    motion = retarget(
        read_bvh(shared_data("mocap/cmu_bvh_ccbase/006_12.bvh")), rig=rigs.CMU_BVH_CCBASE
    )
    bend = rotvec_from_quat(motion.local_xyzw)
    for side, sign in (("LEFT", 1.0), ("RIGHT", -1.0)):
        elbow = bend[:, J[f"{side}_ELBOW"]].mean(axis=0)
        # Forward (about -y for the left arm), about an axis that CMU's model tips by 30°.
        axis = elbow / np.linalg.norm(elbow) * [1.0, sign, sign]
        assert np.allclose(axis, [0.0, -np.cos(np.pi / 6), np.sin(np.pi / 6)], atol=0.1)
        knee = bend[:, J[f"{side}_KNEE"]].mean(axis=0)
        assert np.allclose(knee / np.linalg.norm(knee), [1.0, 0.0, 0.0], atol=0.1)
        assert np.rad2deg(knee[0]) > 20.0
