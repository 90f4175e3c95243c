"""The daemon plays the bundled recording over loopback UDP into the C# receiver and its drivers.

The receiver runs under mono with a rig whose bones have random axes. What it ends with is turned
back into normalised rotations and compared with the daemon's own retargeted pose.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bridge import geometry
from bridge.sinks.expression_names import wire_names
from bridge.sinks.presets import dialect_of
from bridge.sinks.settings import Receiver, VmcSettings
from bridge.skeleton import HumanBone, unity_bone_name
from bridge.types import HumanoidPose
from tests.unity.playing import (
    Session,
    angles_deg,
    free_port,
    nearest_sent,
    parse,
    play,
    receiver,
    sink_to,
    unity_rotations,
)

pytestmark = pytest.mark.timeout(120)

ROTATION_TOLERANCE_DEG = 0.1
WEIGHT_TOLERANCE = 0.01
HIPS_TOLERANCE_M = 0.001
PICTURES_VARIABLE = "AVATARBRIDGE_PICTURES"  # a folder: the skeletons are drawn there


@pytest.fixture(scope="module")
def faithful(builder) -> Session:
    """Each frame is sent when the one before has been shown."""
    port = free_port()
    with receiver(builder.harness(), port, "off") as screen:
        sink = sink_to(port)
        collector = play(sink, lambda: screen.wait_for_datagrams(sink.counters.datagrams))
        shown_so_far = len(screen.lines)  # a busy machine may have lost it for a moment before
        screen.wait_for(lambda: "event lost" in screen.lines[shown_so_far:])
    shown, *rest = parse(screen.lines)
    # A frame may be shown before its last datagram came; what counts is how it ended.
    last = {round(frame.time_s, 3): frame for frame in shown}
    return Session(collector.poses, list(last.values()), *rest)


def test_every_frame_of_the_recording_is_shown(faithful):
    assert len(faithful.sent) > 200
    shown = {round(frame.time_s, 3) for frame in faithful.shown}
    assert shown == {round(time_s, 3) for time_s, _ in faithful.sent}
    assert faithful.status["malformed"] == faithful.status["rejected"] == "0"
    assert faithful.status["link"] == "Lost"
    assert faithful.status["fault"] == ""
    assert faithful.events[:2] == ["connected", "calibrated"]
    assert faithful.events[-1] == "lost"


def test_bone_rotations_equal_the_daemons(faithful):
    worst = 0.0
    for shown in faithful.shown:
        expected = unity_rotations(nearest_sent(faithful, shown.time_s))
        worst = max(worst, float(angles_deg(expected, shown.rotations_xyzw).max()))
    moved = np.array([unity_rotations(pose) for _, pose in faithful.sent])
    print(f"end to end: {len(faithful.shown)} frames, worst bone {worst:.4f} degrees")
    assert angles_deg(moved[0], moved).max() > 20.0  # the recording does move
    assert worst <= ROTATION_TOLERANCE_DEG


def test_the_hips_are_where_the_daemon_has_them(faithful):
    worst = 0.0
    for shown in faithful.shown:
        pose = nearest_sent(faithful, shown.time_s)
        expected = geometry.unity_from_world_position(pose.hips_m.astype(np.float64))
        worst = max(worst, float(np.abs(expected - shown.hips_m).max()))
    print(f"end to end: worst hips {worst * 1000:.4f} mm")
    assert worst <= HIPS_TOLERANCE_M


def test_expression_weights_equal_the_daemons(faithful):
    dialect = dialect_of(VmcSettings(receiver=Receiver.UNITY))
    worst = 0.0
    peak = 0.0
    for shown in faithful.shown:
        pose = nearest_sent(faithful, shown.time_s)
        names = wire_names(tuple(pose.expressions), naming=dialect.naming, arkit=dialect.arkit)
        values = list(pose.expressions.values())
        assert len(names) >= 30
        for name, index in names:
            expected = min(1.0, max(0.0, values[index]))
            worst = max(worst, abs(expected - shown.weights[name]))
            peak = max(peak, expected)
    print(f"end to end: worst weight {worst:.6f}")
    assert peak > 0.3  # the face does move
    assert worst <= WEIGHT_TOLERANCE


def test_both_skeletons_are_drawn_alike(faithful):
    """The avatar of boxes in the daemon's pose: limbs of both point the same way."""
    by_time = {round(t, 4): pose for t, pose in faithful.sent}
    drawn = []
    for time_s, joints in list(faithful.joints.items())[::20]:
        pose = by_time.get(round(time_s, 4))
        if pose is None:
            continue
        positions = daemon_joints(pose)
        for parent, child in LIMBS:
            ours = positions[child] - positions[parent]
            theirs = joints[child] - joints[parent]
            cosine = ours @ theirs / (np.linalg.norm(ours) * np.linalg.norm(theirs))
            # Bones of the two bodies differ by a few degrees in the T-pose already.
            assert np.degrees(np.arccos(np.clip(cosine, -1, 1))) < 5.0, (time_s, parent, child)
        drawn.append((time_s, positions, joints))
    assert len(drawn) >= 6
    folder = os.environ.get(PICTURES_VARIABLE)
    if folder:
        draw(drawn, Path(folder) / "unity_skeletons.png")


LIMBS = [
    (f"{side}{upper}", f"{side}{lower}")
    for side in ("Left", "Right")
    for upper, lower in (
        ("UpperArm", "LowerArm"),
        ("LowerArm", "Hand"),
        ("UpperLeg", "LowerLeg"),
        ("LowerLeg", "Foot"),
        ("IndexProximal", "IndexIntermediate"),
        ("LittleProximal", "LittleIntermediate"),
    )
]


def daemon_joints(pose: HumanoidPose) -> dict[str, np.ndarray]:
    """Joints of the daemon's own skeleton in Unity's axes, by forward kinematics in Python."""
    from bridge.kinematics import forward_kinematics, rest_joints_m
    from bridge.skeleton import HUMAN_BONE_OF, SMPLX_JOINT_OF, SmplxJoint

    local = np.zeros((len(SmplxJoint), 4))
    local[:, 3] = 1.0
    for bone in HumanBone:
        local[SMPLX_JOINT_OF[bone]] = pose.rotations_xyzw[bone]
    places, _ = forward_kinematics(
        local, pose.hips_m.astype(np.float64), rest_joints=rest_joints_m().astype(np.float64)
    )
    unity = geometry.unity_from_world_position(places)
    return {unity_bone_name(bone): unity[joint] for joint, bone in HUMAN_BONE_OF.items()}


def draw(frames: list, path: Path) -> None:
    import cv2

    from bridge.skeleton import SMPLX_JOINT_OF, SMPLX_PARENT

    size, columns = 330, 6
    step = max(1, len(frames) // columns)
    chosen = frames[step // 2 :: step][:columns]
    picture = np.full((2 * size, len(chosen) * size, 3), 255, np.uint8)
    human_of = {joint: bone for bone, joint in SMPLX_JOINT_OF.items()}

    def line(origin, joints, colour):
        for joint, parent in SMPLX_PARENT.items():
            a, b = (unity_bone_name(human_of[j]) for j in (joint, parent))
            if a not in joints or b not in joints:
                continue
            # Seen from the front, where the avatar's left is on the right of the picture.
            ends = [
                (int(origin[0] + size / 2 - p[0] * 150), int(origin[1] + size - 20 - p[1] * 160))
                for p in (joints[a], joints[b])
            ]
            cv2.line(picture, ends[0], ends[1], colour, 2, cv2.LINE_AA)

    for column, (time_s, daemon, unity) in enumerate(chosen):
        line((column * size, 0), daemon, (180, 90, 20))
        line((column * size, size), unity, (20, 120, 30))
        for row, label in enumerate(("daemon", "Unity package")):
            text = f"{label} {time_s:.2f} s"
            cv2.putText(picture, text, (column * size + 8, row * size + 20), 0, 0.5, (0, 0, 0), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)
