"""A Kinect's hands: they follow what is seen, and do not turn over when it errs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.layouts import AzureKinectJoint, KinectV2Joint, Layout
from bridge.sources.kinect_hands import SteadyHands

DT_S = 1 / 30
JOINTS = {Layout.AZURE_KINECT_32: AzureKinectJoint, Layout.KINECT_V2_25: KinectV2Joint}
TIP = {Layout.AZURE_KINECT_32: "HANDTIP_LEFT", Layout.KINECT_V2_25: "HAND_TIP_LEFT"}
ARM = ("ELBOW_LEFT", "WRIST_LEFT", "HAND_LEFT")


def arm(layout: Layout, *, roll_deg: float = 0.0, bend_deg: float = 0.0) -> np.ndarray:
    """A left forearm along +x; the thumb up (−y), turned about the forearm by ``roll_deg``."""
    joints = JOINTS[layout]
    out = np.zeros((layout.count, 3), np.float32)
    turn = Rotation.from_euler("z", bend_deg, degrees=True)
    turn = Rotation.from_euler("x", roll_deg, degrees=True) * turn
    for name, at in (
        ("WRIST_LEFT", (0.25, 0, 0)), ("ELBOW_LEFT", (0, 0, 0)),
    ):  # fmt: skip
        out[joints[name]] = at
    for name, at in (
        ("HAND_LEFT", (0.09, 0, 0)), (TIP[layout], (0.17, 0, 0)), ("THUMB_LEFT", (0.05, -0.07, 0)),
    ):  # fmt: skip
        out[joints[name]] = np.array([0.25, 0, 0]) + turn.apply(at)
    return out


def palm_normal(layout: Layout, points: np.ndarray) -> np.ndarray:
    joints = JOINTS[layout]
    wrist, hand, thumb = (points[joints[n]] for n in ("WRIST_LEFT", "HAND_LEFT", "THUMB_LEFT"))
    normal = np.cross(hand - wrist, thumb - wrist)
    return normal / np.linalg.norm(normal)


def angle_deg(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.rad2deg(np.arccos(np.clip(one @ other, -1, 1))))


@pytest.mark.parametrize("layout", JOINTS)
def test_a_hand_at_rest_is_where_it_is_seen(layout: Layout) -> None:
    hands = SteadyHands(layout)
    seen = arm(layout, roll_deg=35.0, bend_deg=20.0)
    out = hands.step(seen, np.ones(layout.count, np.float32), dt_s=DT_S)
    assert angle_deg(palm_normal(layout, out), palm_normal(layout, seen)) < 1.0
    along_deg = angle_deg(
        *(
            (p[JOINTS[layout].HAND_LEFT] - p[JOINTS[layout].WRIST_LEFT])
            / np.linalg.norm(p[JOINTS[layout].HAND_LEFT] - p[JOINTS[layout].WRIST_LEFT])
            for p in (out, seen)
        )
    )
    assert along_deg < 1.0
    untouched = [joint for joint in JOINTS[layout] if "LEFT" not in joint.name]
    np.testing.assert_array_equal(out[untouched], seen[untouched])


@pytest.mark.parametrize("layout", JOINTS)
def test_one_picture_with_the_thumb_on_the_other_side_hardly_turns_it(layout: Layout) -> None:
    hands = SteadyHands(layout)
    ones = np.ones(layout.count, np.float32)
    before = hands.step(arm(layout), ones, dt_s=DT_S)
    wrong = hands.step(arm(layout, roll_deg=170.0), ones, dt_s=DT_S)
    assert angle_deg(palm_normal(layout, before), palm_normal(layout, wrong)) < 14.0


def test_a_slow_turn_is_followed_and_a_wrist_bends_no_farther_than_it_can() -> None:
    layout = Layout.AZURE_KINECT_32
    hands = SteadyHands(layout)
    ones = np.ones(layout.count, np.float32)
    for frame in range(60):
        seen = arm(layout, roll_deg=frame)
        out = hands.step(seen, ones, dt_s=DT_S)
    assert angle_deg(palm_normal(layout, out), palm_normal(layout, seen)) < 6.0
    broken = SteadyHands(layout).step(arm(layout, bend_deg=120.0), ones, dt_s=DT_S)
    along = broken[AzureKinectJoint.HAND_LEFT] - broken[AzureKinectJoint.WRIST_LEFT]
    assert angle_deg(along / np.linalg.norm(along), np.array([1.0, 0, 0])) == pytest.approx(
        70, abs=1
    )


def test_the_hand_goes_with_its_forearm_while_unseen() -> None:
    layout = Layout.AZURE_KINECT_32
    hands = SteadyHands(layout)
    confidence = np.ones(layout.count, np.float32)
    hands.step(arm(layout), confidence, dt_s=DT_S)
    confidence[[AzureKinectJoint.HAND_LEFT, AzureKinectJoint.THUMB_LEFT]] = 0.0
    down = arm(layout) @ Rotation.from_euler("z", 60, degrees=True).as_matrix().T
    out = hands.step(down.astype(np.float32), confidence, dt_s=DT_S)
    np.testing.assert_allclose(
        out[AzureKinectJoint.HAND_LEFT], down[AzureKinectJoint.HAND_LEFT], atol=1e-4
    )
