"""Performers on chairs, with and without legs in the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.geometry import quat_from_rotvec
from bridge.kinematics import forward_kinematics, rest_joints_m
from bridge.layouts import BodyLandmark
from bridge.skeleton import SmplxJoint
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import ActorPose, Observation

J = SmplxJoint
Observe = Callable[..., Observation]
FPS = 30
LEGS = [int(mark) for mark in BodyLandmark if mark >= BodyLandmark.LEFT_KNEE]
REST = rest_joints_m()


def posed(*, seated: bool, lean_deg: float = 0.0) -> np.ndarray:
    turns = np.zeros((55, 3))
    turns[J.PELVIS, 0] = lean_deg
    turns[[J.LEFT_SHOULDER, J.RIGHT_SHOULDER], 2] = -75.0, 75.0
    if seated:
        turns[[J.LEFT_HIP, J.RIGHT_HIP], 0] = -80.0 - lean_deg
        turns[[J.LEFT_KNEE, J.RIGHT_KNEE], 0] = 85.0
    return Rotation.from_rotvec(np.radians(turns)).as_quat()


def solve(
    observe: Observe, script: list[tuple[float, dict[str, object]]], *, seated: str
) -> list[ActorPose]:
    """Stretches of (seconds, what ``observe_pose`` is asked for)."""
    solver = Solver(SolvingSettings.model_validate({"body": "analytic", "seated": seated}))
    out: list[ActorPose] = []
    for seconds, asked in script:
        for _ in range(int(seconds * FPS)):
            local = posed(seated=bool(asked.get("sits")), lean_deg=float(str(asked.get("lean", 0))))
            hidden = LEGS if asked.get("hidden") else ()
            out.append(solver.solve(observe(local, sequence=len(out), hidden=hidden)))
    return out


def joints(pose: ActorPose) -> np.ndarray:
    local = quat_from_rotvec(pose.rotvecs_rad.astype(np.float64))
    return forward_kinematics(local, pose.root_m.astype(np.float64), rest_joints=REST)[0]


def thigh_deg(pose: ActorPose) -> float:
    """Of the left thigh to the vertical."""
    at = joints(pose)
    thigh = at[J.LEFT_KNEE] - at[J.LEFT_HIP]
    return float(np.degrees(np.arccos(-thigh[1] / np.linalg.norm(thigh))))


HIDDEN = {"hidden": True}


@pytest.mark.parametrize(("setting", "thigh"), [("auto", 0.0), ("off", 0.0), ("on", 90.0)])
def test_unseen_legs_do_as_set_and_stand_by_default(
    observe_pose: Observe, setting: str, thigh: float
) -> None:
    pose = solve(observe_pose, [(2.0, HIDDEN)], seated=setting)[-1]
    assert thigh_deg(pose) == pytest.approx(thigh, abs=5.0)


@pytest.mark.parametrize("lean_deg", [0.0, 15.0])
def test_on_a_chair_thighs_are_level_and_feet_on_the_floor(
    observe_pose: Observe, lean_deg: float
) -> None:
    script = [(3.0, HIDDEN), (1.0, {"hidden": True, "lean": lean_deg})]
    pose = solve(observe_pose, script, seated="on")[-1]
    at = joints(pose)
    assert thigh_deg(pose) == pytest.approx(90.0, abs=2.0)
    for foot in (J.LEFT_FOOT, J.RIGHT_FOOT):
        assert at[foot, 1] == pytest.approx(REST[foot, 1], abs=0.03)
    assert at[J.PELVIS, 1] == pytest.approx(REST[J.LEFT_KNEE, 1] + 0.05, abs=0.03)
    assert at[J.LEFT_FOOT, 2] > at[J.PELVIS, 2] + 0.3  # before the chair


@pytest.mark.parametrize("setting", ["auto", "off"])
def test_legs_that_are_seen_are_shown(observe_pose: Observe, setting: str) -> None:
    pose = solve(observe_pose, [(2.0, {"sits": True})], seated=setting)[-1]
    assert thigh_deg(pose) == pytest.approx(80.0, abs=3.0)
    lowest = joints(pose)[[J.LEFT_FOOT, J.RIGHT_FOOT, J.LEFT_ANKLE, J.RIGHT_ANKLE], 1].min()
    assert 0.0 < lowest < 0.12


def test_who_sat_down_still_sits_when_the_legs_leave_the_picture(observe_pose: Observe) -> None:
    script = [
        (1.0, {}), (2.0, {"sits": True}), (3.0, {"sits": True, "hidden": True}), (3.0, {}),
        (3.0, HIDDEN),
    ]  # fmt: skip
    poses = solve(observe_pose, script, seated="auto")
    assert thigh_deg(poses[9 * FPS // 2]) == pytest.approx(85.0, abs=8.0)
    assert thigh_deg(poses[6 * FPS - 1]) == pytest.approx(90.0, abs=3.0)
    assert thigh_deg(poses[-1]) < 6.0
    heights = np.array([joints(pose)[:, 1].min() for pose in poses])
    assert heights[FPS:].min() > -0.06  # never far below the floor, on no way between
    turned = np.stack([pose.rotvecs_rad[J.LEFT_HIP] for pose in poses])[3 * FPS : 6 * FPS]
    assert np.abs(np.diff(turned, axis=0)).max() < 0.15  # no jump while the legs are lost


def test_a_squat_is_no_chair(observe_pose: Observe) -> None:
    script = [(1.0, {}), (0.5, {"sits": True}), (1.0, {}), (2.0, HIDDEN)]
    assert thigh_deg(solve(observe_pose, script, seated="auto")[-1]) < 5.0


def test_unseen_legs_stand_upright_under_a_leaning_trunk(observe_pose: Observe) -> None:
    script = [(3.0, HIDDEN), (1.0, {"hidden": True, "lean": 20.0})]
    poses = solve(observe_pose, script, seated="auto")
    assert np.degrees(poses[-1].rotvecs_rad[J.PELVIS, 0]) > 12.0
    assert thigh_deg(poses[-1]) < 2.0
