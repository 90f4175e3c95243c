"""Laws of the hand solver, against hands posed by forward kinematics."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.geometry import camera_from_world, quat_rotate
from bridge.kinematics import FINGERTIP_MM, forward_kinematics, rest_joints_m
from bridge.layouts import HandLandmark, Layout
from bridge.skeleton import LEFT_HAND_JOINTS, RIGHT_HAND_JOINTS, SmplxJoint
from bridge.solving.hands.digits import digit_rotations, linearised, within_limits
from bridge.solving.hands.settings import HandSettings
from bridge.solving.hands.solver import HandSolver
from bridge.types import Keypoints

REST = rest_joints_m().astype(np.float64)
MEDIAPIPE_JOINTS = {
    "INDEX": ("MCP", "PIP", "DIP", "TIP"),
    "MIDDLE": ("MCP", "PIP", "DIP", "TIP"),
    "RING": ("MCP", "PIP", "DIP", "TIP"),
    "PINKY": ("MCP", "PIP", "DIP", "TIP"),
    "THUMB": ("CMC", "MCP", "IP", "TIP"),
}
DT_S = 1.0 / 30.0


def hand_points(side: str, wrist: Rotation, fingers: Rotation) -> np.ndarray:
    """21 points in the world, origin at the wrist, of a hand posed by forward kinematics."""
    upper = side.upper()
    local = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
    joints = LEFT_HAND_JOINTS if side == "left" else RIGHT_HAND_JOINTS
    local[SmplxJoint[f"{upper}_WRIST"]] = wrist.as_quat()
    local[list(joints)] = fingers.as_quat()
    positions, rotations = forward_kinematics(local, np.zeros(3), rest_joints=REST)
    points = np.zeros((21, 3))
    origin = positions[SmplxJoint[f"{upper}_WRIST"]]
    for finger, names in MEDIAPIPE_JOINTS.items():
        chain = [SmplxJoint[f"{upper}_{finger}{i}"] for i in (1, 2, 3)]
        for name, joint in zip(names, chain, strict=False):
            points[HandLandmark[f"{finger}_{name}"]] = positions[joint] - origin
        outward = REST[chain[2]] - REST[chain[1]]
        outward = outward / np.linalg.norm(outward) * FINGERTIP_MM[finger] * 1e-3
        tip = positions[chain[2]] + quat_rotate(rotations[chain[2]], outward)
        points[HandLandmark[f"{finger}_TIP"]] = tip - origin
    return points


def keypoints(points_world: np.ndarray, *, confidence: float = 1.0) -> Keypoints:
    return Keypoints(
        Layout.MEDIAPIPE_HAND_21,
        camera_from_world(points_world).astype(np.float32),
        np.zeros((21, 2), np.float32),
        np.full(21, confidence, np.float32),
    )


def human_fingers(side: str, rng: np.random.Generator) -> Rotation:
    """Random rotations within joint limits, built here with scipy alone."""
    sign = 1.0 if side == "left" else -1.0  # a right hand is the left one's reflection
    out = []
    for finger in ("index", "middle", "pinky", "ring"):
        mcp = rng.uniform(-15.0, 85.0)
        limit = 12.0 if mcp < 30.0 else 4.0
        spread = rng.uniform(-limit, limit * 0.8)
        pip = rng.uniform(0.0, 100.0)
        out.append(Rotation.from_euler("YZ", [-spread * sign, -mcp * sign], degrees=True))
        out.append(Rotation.from_euler("Z", -pip * sign, degrees=True))
        out.append(Rotation.from_euler("Z", -pip * sign * 2.0 / 3.0, degrees=True))
        assert finger
    axis = SmplxJoint[f"{side.upper()}_THUMB2"], SmplxJoint[f"{side.upper()}_THUMB1"]
    along = REST[axis[0]] - REST[axis[1]]
    along /= np.linalg.norm(along)
    across = np.cross([0.0, 1.0, 0.0], along)
    wiggle = rng.uniform(-12.0, 12.0, 2)
    up = np.cross(along, across)
    out.append(Rotation.from_rotvec(np.radians(wiggle[0] * across + wiggle[1] * up)))
    out += [Rotation.identity(), Rotation.identity()]
    return Rotation.concatenate(out)


def segment_angles_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between the finger segments of two sets of 21 points."""
    angles = []
    for names in MEDIAPIPE_JOINTS.items():
        rows = [HandLandmark[f"{names[0]}_{n}"] for n in names[1]]
        for start, end in itertools.pairwise(rows):
            u, v = a[end] - a[start], b[end] - b[start]
            cosine = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
            angles.append(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return np.array(angles)


def solve(side: str, points: np.ndarray):
    part = HandSolver(side, HandSettings()).solve(keypoints(points), dt_s=DT_S)
    assert part is not None
    return part


@pytest.mark.parametrize("side", ["left", "right"])
def test_rest_hand_gives_identity(side: str) -> None:
    points = hand_points(side, Rotation.identity(), Rotation.identity(15))
    part = solve(side, points)
    assert Rotation.from_quat(part.wrist_xyzw).magnitude() < 1e-4
    assert np.degrees(Rotation.from_quat(part.rotations_xyzw).magnitude()).max() < 0.1


@pytest.mark.parametrize("side", ["left", "right"])
def test_directions_of_posed_hands_are_recovered(side: str) -> None:
    rng = np.random.default_rng(3)
    errors, wrist_errors = [], []
    for _ in range(100):
        wrist, fingers = (
            Rotation.random(random_state=rng.integers(1 << 30)),
            human_fingers(side, rng),
        )
        points = hand_points(side, wrist, fingers)
        part = solve(side, points * rng.uniform(0.5, 3.0))  # the scale is not to be trusted
        again = hand_points(
            side, Rotation.from_quat(part.wrist_xyzw), Rotation.from_quat(part.rotations_xyzw)
        )
        errors.append(segment_angles_deg(points, again))
        wrist_errors.append((Rotation.from_quat(part.wrist_xyzw) * wrist.inv()).magnitude())
    assert np.degrees(np.max(wrist_errors)) < 0.1
    assert np.mean(errors) < 1.0
    assert np.percentile(errors, 99) < 6.0


def test_thumb_bends_at_its_hinges_are_recovered() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        wrist = Rotation.random(random_state=rng.integers(1 << 30))
        points = hand_points("left", wrist, Rotation.identity(15))
        # Curl the thumb's outer segments across the palm, about the palm's own normal.
        normal, bend = wrist.apply([0.0, 1.0, 0.0]), np.radians(rng.uniform(10.0, 40.0))
        chain = [HandLandmark.THUMB_MCP, HandLandmark.THUMB_IP, HandLandmark.THUMB_TIP]
        for pivot, moved in ((chain[0], chain[1:]), (chain[1], chain[2:])):
            turn = Rotation.from_rotvec(normal * bend)
            points[moved] = points[pivot] + turn.apply(points[moved] - points[pivot])
        part = solve("left", points)
        again = hand_points(
            "left", Rotation.from_quat(part.wrist_xyzw), Rotation.from_quat(part.rotations_xyzw)
        )
        assert segment_angles_deg(points, again)[-3:].max() < 8.0


def test_a_mirrored_hand_gives_the_mirrored_result() -> None:
    rng = np.random.default_rng(5)
    wrist, fingers = Rotation.random(random_state=7), human_fingers("left", rng)
    points = hand_points("left", wrist, fingers)
    left = solve("left", points)
    right = solve("right", points * [-1.0, 1.0, 1.0])
    flip = np.array([1.0, -1.0, -1.0, 1.0])
    np.testing.assert_allclose(right.rotations_xyzw, left.rotations_xyzw * flip, atol=1e-5)
    np.testing.assert_allclose(right.wrist_xyzw, left.wrist_xyzw * flip, atol=1e-5)


def test_noise_turns_no_hand_over_and_no_finger_round() -> None:
    rng = np.random.default_rng(6)
    for trial in range(20):
        wrist, fingers = Rotation.random(random_state=trial), human_fingers("left", rng)
        points = hand_points("left", wrist, fingers)
        solver = HandSolver("left", HandSettings())
        clean = solve("left", points)
        for _ in range(15):
            noisy = points + rng.normal(0.0, 0.003, points.shape)  # MediaPipe's jitter: 2–4 mm
            part = solver.solve(keypoints(noisy), dt_s=DT_S)
            assert part is not None
            wrist_error = (
                Rotation.from_quat(part.wrist_xyzw) * Rotation.from_quat(clean.wrist_xyzw).inv()
            )
            assert np.degrees(wrist_error.magnitude()) < 25.0
            turned = (
                Rotation.from_quat(part.rotations_xyzw)
                * Rotation.from_quat(clean.rotations_xyzw).inv()
            )
            angles_deg = np.degrees(turned.magnitude())
            assert angles_deg.max() < 90.0
            assert angles_deg.mean() < 20.0


def test_a_finger_that_is_hidden_holds() -> None:
    """A finger whose segments shrink and jump moves less than the landmarks say."""
    points = hand_points("left", Rotation.identity(), Rotation.identity(15))
    wild = points.copy()
    wild[HandLandmark.RING_PIP] = points[HandLandmark.RING_MCP] + [0.005, -0.01, 0.0]
    wild[HandLandmark.RING_DIP] = wild[HandLandmark.RING_PIP] + [-0.004, -0.004, 0.0]
    wild[HandLandmark.RING_TIP] = wild[HandLandmark.RING_DIP] + [-0.003, 0.002, 0.0]

    def bend_after(settings: HandSettings) -> float:
        solver = HandSolver("left", settings)
        for _ in range(60):
            solver.solve(keypoints(points), dt_s=DT_S)
        parts = [solver.solve(keypoints(wild), dt_s=DT_S) for _ in range(4)]
        ring = [part.rotations_xyzw[9] for part in parts if part is not None]
        return float(np.degrees(Rotation.from_quat(ring).magnitude()).max())

    assert bend_after(HandSettings(hidden_hold_s=0.0)) > 45.0
    assert bend_after(HandSettings(hidden_hold_s=0.25)) < 15.0


def test_a_hand_that_is_not_seen_gives_none() -> None:
    solver = HandSolver("left", HandSettings())
    assert solver.solve(None, dt_s=DT_S) is None
    points = hand_points("left", Rotation.identity(), Rotation.identity(15))
    assert solver.solve(keypoints(points, confidence=0.0), dt_s=DT_S) is None
    assert solver.solve(keypoints(np.zeros((21, 3))), dt_s=DT_S) is None


def test_any_points_give_unit_rotations_within_limits() -> None:
    rng = np.random.default_rng(8)
    solver = HandSolver("right", HandSettings())
    for _ in range(200):
        part = solver.solve(keypoints(rng.normal(0.0, 1.0, (21, 3))), dt_s=rng.uniform(0.0, 0.1))
        assert part is not None
        quats = np.vstack((part.rotations_xyzw, part.wrist_xyzw))
        np.testing.assert_allclose(np.linalg.norm(quats, axis=1), 1.0, atol=1e-6)
        hinges = Rotation.from_quat(part.rotations_xyzw[[1, 2, 4, 5, 7, 8, 10, 11, 13, 14]])
        assert np.degrees(hinges.magnitude()).max() < 116.0


def moving_hand(frames: int) -> list[np.ndarray]:
    """A hand that opens and closes once a second while it turns."""
    out = []
    for frame in range(frames):
        bend = 45.0 - 45.0 * np.cos(2.0 * np.pi * frame * DT_S)
        fingers = [Rotation.from_euler("Z", -bend * s, degrees=True) for s in (0.8, 1.0, 2 / 3)] * 4
        wrist = Rotation.from_euler("XY", [0.5 * frame, 20.0], degrees=True)
        points = hand_points("left", wrist, Rotation.concatenate([*fingers, Rotation.identity(3)]))
        out.append(points)
    return out


def segment_errors_deg(frames: list[np.ndarray], truth: list[np.ndarray]) -> float:
    """Of the solved hand in the last frames, once its noise is known."""
    solver = HandSolver("left", HandSettings())
    errors = []
    for seen, true in zip(frames, truth, strict=True):
        part = solver.solve(keypoints(seen), dt_s=DT_S)
        assert part is not None
        wrist, fingers = part.wrist_xyzw, part.rotations_xyzw
        solved = hand_points("left", Rotation.from_quat(wrist), Rotation.from_quat(fingers))
        errors.append(segment_angles_deg(solved, true).mean())
    return float(np.mean(errors[15:]))


def test_a_hand_without_noise_is_followed_without_lag() -> None:
    truth = moving_hand(60)  # fingers reach 480 degrees a second
    assert segment_errors_deg(truth, truth) < 1.0


@pytest.mark.parametrize("noise_mm", [2.0, 4.0, 8.0])
def test_a_noisy_hand_is_solved_better_than_seen(noise_mm: float) -> None:
    rng = np.random.default_rng(9)
    truth = moving_hand(120)
    seen = [points + rng.normal(0.0, noise_mm * 1e-3, points.shape) for points in truth]
    raw = float(
        np.mean([segment_angles_deg(a, b).mean() for a, b in zip(seen, truth, strict=True)])
    )
    assert segment_errors_deg(seen, truth) < 0.75 * raw


def test_a_digit_s_angles_mean_the_rotations_they_are_turned_into() -> None:
    """Spread about -y, flexion about -z and twist about x, by scipy; derivatives by differences."""
    rng = np.random.default_rng(10)
    angles = within_limits(rng.normal(0.0, 0.5, (5, 5)))
    base = Rotation.from_euler("YZX", angles[:, :3] * [-1.0, -1.0, 1.0])
    made = Rotation.from_quat(digit_rotations(angles)[:, 0])
    assert (made * base.inv()).magnitude().max() < 1e-6

    def directions(at: np.ndarray) -> np.ndarray:
        fit = linearised(at)
        return np.swapaxes(fit.own_from_base @ np.swapaxes(fit.directions, 1, 2), 1, 2)

    fit = linearised(angles)
    for angle in range(5):
        step = np.zeros(5)
        step[angle] = 1e-6
        slope = (directions(angles + step) - directions(angles - step)) / 2e-6
        ours = np.einsum("dij,dkj->dki", fit.own_from_base, fit.slopes[:, :, angle])
        np.testing.assert_allclose(ours, slope, atol=1e-8)
