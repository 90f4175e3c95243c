"""Measures the hand solver on Leap Motion recordings and on synthesised poses.

    python -m tools.evaluate_hands --shared ../shared/data

Directions of the 15 finger segments, in degrees: of the noisy points themselves, and of forward
kinematics of what the solver makes of them, both against the clean hand.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from bridge.geometry import camera_from_world, quat_rotate
from bridge.kinematics import FINGERTIP_MM, forward_kinematics, rest_joints_m
from bridge.layouts import HandLandmark, Layout
from bridge.skeleton import LEFT_HAND_JOINTS, SmplxJoint
from bridge.solving.hands import anatomy
from bridge.solving.hands.settings import HandSettings
from bridge.solving.hands.solver import HandSolver
from bridge.solving.parts import HandPart
from bridge.types import Keypoints
from tools.mocap.bvh import read_bvh

Array = NDArray[np.float64]

FINGERS: Final = ("THUMB", "INDEX", "MIDDLE", "RING", "PINKY")
CHAINS: Final = np.array(
    [[HandLandmark[f"THUMB_{n}"] for n in ("CMC", "MCP", "IP", "TIP")]]
    + [[HandLandmark[f"{f}_{n}"] for n in ("MCP", "PIP", "DIP", "TIP")] for f in FINGERS[1:]]
)  # fmt: skip
_LEAP_NAMES: Final = {"THUMB": "Thumb", "INDEX": "Index", "MIDDLE": "Mid", "RING": "Ring",
                      "PINKY": "Pinky"}  # fmt: skip
_LEAP_TIP_MM: Final = 22.0
_LEAP_WRIST_MM: Final = np.array([0.0, 0.0, -35.0])  # its "hand" joint is the middle of the palm
_LEAP_HAND_MM: Final = 85.0  # that wrist to the middle knuckle: a normal palm's length
NOISE_MM: Final = 4.0  # between a hand seen well and one half hidden
_NOISE_FRAMES: Final = 2.0  # correlation in time of a tracker's error
_REST: Final = rest_joints_m().astype(np.float64)


def leap_clip(path: Path) -> tuple[Array, float]:
    """Points ``(T, 21, 3)`` in metres of a right hand reflected to a left one, and the rate."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().startswith("Frame Time"))
    rows = [line for line in lines[start + 1 :] if line.strip()]
    # The files hold one frame more than they say.
    lines[start - 1] = f"Frames: {len(rows)}"
    with tempfile.NamedTemporaryFile("w", suffix=".bvh", delete=False, encoding="utf-8") as copy:
        copy.write("\n".join(lines))
    motion = read_bvh(Path(copy.name))
    Path(copy.name).unlink()
    hand = motion.index("rHand")
    rotation = Rotation.from_quat(motion.rotations_xyzw[:, hand])
    points = np.zeros((len(motion.positions), 21, 3))
    wrist = motion.positions[:, hand] + rotation.apply(_LEAP_WRIST_MM)
    for finger, name in _LEAP_NAMES.items():
        joints = [motion.index(f"r{name}{i}") for i in (1, 2, 3)]
        chain = CHAINS[FINGERS.index(finger)]
        points[:, chain[:3]] = motion.positions[:, joints]
        last = Rotation.from_quat(motion.rotations_xyzw[:, joints[2]])
        points[:, chain[3]] = motion.positions[:, joints[2]] + last.apply([0, 0, _LEAP_TIP_MM])
    points[:, HandLandmark.WRIST] = wrist
    points -= wrist[:, None]
    return points * 1e-3 * (-1.0, 1.0, 1.0), motion.fps


def synthetic_clip(rng: np.random.Generator, *, frames: int) -> Array:
    """A hand that moves smoothly through random poses within joint limits, ``(T, 21, 3)``."""
    low = np.array([-12.0, -15.0, 0.0]), np.array([12.0, 85.0, 100.0])
    walk = gaussian_filter1d(rng.normal(size=(frames, 5, 3)), 12.0, axis=0)
    share = 0.5 + 0.5 * np.tanh(walk / walk.std() * 0.9)
    angles = low[0] + share * (low[1] - low[0])
    turn = gaussian_filter1d(rng.normal(size=(frames, 3)), 15.0, axis=0)
    wrist = Rotation.from_rotvec(turn / turn.std() * 0.8)
    points = np.zeros((frames, 21, 3))
    for frame in range(frames):
        rotations = np.tile([0.0, 0.0, 0.0, 1.0], (15, 1))
        for row in range(4):
            spread, mcp, pip = angles[frame, row]
            spread *= np.cos(np.radians(mcp)) * 0.6 + 0.4
            rotations[3 * row] = Rotation.from_euler("YZ", [-spread, -mcp], degrees=True).as_quat()
            rotations[3 * row + 1] = Rotation.from_euler("Z", -pip, degrees=True).as_quat()
            rotations[3 * row + 2] = Rotation.from_euler("Z", -pip * 0.6, degrees=True).as_quat()
        bend = share[frame, 4]
        hinge = anatomy.THUMB_FLEXION_AXIS
        for joint, most in ((12, 30.0), (13, 40.0), (14, 55.0)):
            angle = np.radians(most * bend[joint - 12])
            rotations[joint] = Rotation.from_rotvec(hinge * angle).as_quat()
        points[frame] = posed(wrist[frame].as_quat(), rotations)
    return points


def posed(wrist_xyzw: Array, fingers_xyzw: Array) -> Array:
    """21 points of a left hand, wrist at the origin."""
    local = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
    local[SmplxJoint.LEFT_WRIST] = wrist_xyzw
    local[list(LEFT_HAND_JOINTS)] = fingers_xyzw
    positions, rotations = forward_kinematics(local, np.zeros(3), rest_joints=_REST)
    points = np.zeros((21, 3))
    for finger, chain in zip(FINGERS, CHAINS, strict=True):
        joints = [SmplxJoint[f"LEFT_{finger}{i}"] for i in (1, 2, 3)]
        points[chain[:3]] = positions[joints]
        outward = _REST[joints[2]] - _REST[joints[1]]
        outward = outward / np.linalg.norm(outward) * FINGERTIP_MM[finger] * 1e-3
        points[chain[3]] = positions[joints[2]] + quat_rotate(rotations[joints[2]], outward)
    points[HandLandmark.WRIST] = positions[SmplxJoint.LEFT_WRIST]
    return points - points[HandLandmark.WRIST]


def directions(points: Array) -> Array:
    """Unit vectors ``(..., 5, 3, 3)`` of all finger segments."""
    segments = np.diff(points[..., CHAINS, :], axis=-2)
    return segments / np.linalg.norm(segments, axis=-1, keepdims=True)


def angles_deg(a: Array, b: Array) -> Array:
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=-1), -1.0, 1.0)))


def solved(points: Array, *, fps: float, settings: HandSettings) -> list[HandPart]:
    solver = HandSolver("left", settings)
    parts: list[HandPart] = []
    for frame in points:
        hand = Keypoints(
            Layout.MEDIAPIPE_HAND_21, camera_from_world(frame).astype(np.float32),
            np.zeros((21, 2), np.float32), np.ones(21, np.float32),
        )  # fmt: skip
        part = solver.solve(hand, dt_s=1.0 / fps)
        if part is None:
            raise SystemExit("a hand of the evaluation was refused")
        parts.append(part)
    return parts


def solved_directions(parts: list[HandPart]) -> Array:
    return np.array([directions(posed(p.wrist_xyzw, p.rotations_xyzw)) for p in parts])


def noisy(points: Array, rng: np.random.Generator) -> Array:
    error = gaussian_filter1d(rng.normal(size=points.shape), _NOISE_FRAMES, axis=0)
    return points + error / error.std() * NOISE_MM * 1e-3


def hidden(points: Array, rng: np.random.Generator) -> tuple[Array, NDArray[np.bool_]]:
    """Half-second stretches in which one finger's points collapse and wander; which those are."""
    out, when = points.copy(), np.zeros((len(points), 5), bool)
    for start in range(40, len(points) - 20, 45):
        finger = int(rng.integers(1, 5))
        stretch = slice(start, start + 15)
        knuckle = points[stretch, CHAINS[finger][0]][:, None]
        shrink = rng.uniform(0.25, 0.5)
        chain = CHAINS[finger][1:]
        wander = gaussian_filter1d(rng.normal(size=(15, 3, 3)), 1.5, axis=0)
        guess = knuckle + shrink * (points[stretch][:, chain] - knuckle)
        out[stretch, chain[:, None]] = (guess + wander / wander.std() * 0.012)[:, :, None]
        when[stretch, finger] = True
    return out, when


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="the shared data folder")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    clips = {path.stem: leap_clip(path) for path in
             sorted((arguments.shared / "hands" / "leap_bvh").glob("*.bvh"))}  # fmt: skip
    clips |= {f"synthetic {i}": (synthetic_clip(rng, frames=300), 30.0) for i in range(4)}
    plain = HandSettings(distal_coupling=0.0)
    print("| clip | frames | clean | noisy points | solved | jitter before | jitter after |")
    print("|---|---|---|---|---|---|---|")
    table = []
    for name, (points, fps) in clips.items():
        truth = directions(points)
        shaken = noisy(points, rng)
        clean = solved_directions(solved(points, fps=fps, settings=plain))
        mended = solved_directions(solved(shaken, fps=fps, settings=HandSettings()))
        row = [
            angles_deg(clean, truth).mean(), angles_deg(directions(shaken), truth).mean(),
            angles_deg(mended, truth).mean(),
            angles_deg(directions(shaken)[1:], directions(shaken)[:-1]).mean(),
            angles_deg(mended[1:], mended[:-1]).mean(),
        ]  # fmt: skip
        table.append(row)
        print(f"| {name} | {len(points)} | " + " | ".join(f"{v:.1f}" for v in row) + " |")
    print("| **mean** | | " + " | ".join(f"{v:.1f}" for v in np.mean(table, axis=0)) + " |")

    errors: dict[str, list[Array]] = {"points": [], "no hold": [], "hold": []}
    for name, (points, fps) in clips.items():
        if not name.startswith("synthetic"):
            continue
        covered, when = hidden(points, rng)
        truth = directions(points)
        errors["points"].append(angles_deg(directions(covered), truth)[when].ravel())
        for label, hold_s in (("no hold", 0.0), ("hold", HandSettings().hidden_hold_s)):
            parts = solved(covered, fps=fps, settings=HandSettings(hidden_hold_s=hold_s))
            errors[label].append(angles_deg(solved_directions(parts), truth)[when].ravel())
    print(
        "\nhidden finger, degrees: "
        + ", ".join(f"{label} {np.concatenate(rows).mean():.1f}" for label, rows in errors.items())
    )

    points = clips["synthetic 0"][0]
    begin = time.process_time()
    for _ in range(5):
        solved(points, fps=30.0, settings=HandSettings())
    spent = time.process_time() - begin
    print(f"cost: {spent / 5 / len(points) * 1e3:.3f} ms a hand (with making the input)")


if __name__ == "__main__":
    main()
