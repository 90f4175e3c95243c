"""The camera's pitch, found from people who keep their balance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.spatial.transform import Rotation

from bridge.layouts import BodyLandmark
from bridge.skeleton import SmplxJoint
from bridge.solving.camera_pitch import CameraPitch, lean_rad
from bridge.solving.canonical import CanonicalBody, CanonicalJoint, canonical_body
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import Observation

J = SmplxJoint
Observe = Callable[..., Observation]
FPS = 30
LEGS = [int(mark) for mark in BodyLandmark if mark >= BodyLandmark.LEFT_KNEE]


_SIDES = ("LEFT", "RIGHT")
_PARTS = ("EAR", "SHOULDER", "ELBOW", "WRIST", "HIP", "KNEE", "ANKLE", "TOE")


def pose(*, bow_deg: float = 0.0, legs_back_deg: float = 0.0, knees_deg: float = 0.0) -> np.ndarray:
    """Arms hanging; the trunk bowed forward, the legs leant back, knees bent under the body."""
    turns = np.zeros((55, 3))
    turns[J.PELVIS, 0] = bow_deg
    for side, sign in (("LEFT", -1.0), ("RIGHT", 1.0)):
        turns[J[f"{side}_SHOULDER"], 2] = sign * 75.0
        turns[J[f"{side}_HIP"], 0] = -bow_deg + legs_back_deg - knees_deg
        turns[J[f"{side}_KNEE"], 0] = 2.0 * knees_deg
        turns[J[f"{side}_ANKLE"], 0] = -legs_back_deg - knees_deg
    return Rotation.from_rotvec(np.radians(turns)).as_quat()


def body(seen: Observation, pitch_rad: float = 0.0) -> CanonicalBody:
    assert seen.body is not None
    return canonical_body(seen.body, camera_pitch_rad=pitch_rad)


def lean_deg(seen: Observation) -> float:
    lean = lean_rad(body(seen).positions_m, body(seen).confidence)
    assert lean is not None
    return float(np.degrees(lean))


def found_deg(observe: Callable[[int], Observation], *, seconds: float) -> np.ndarray:
    """The estimate over time."""
    pitch = CameraPitch(None)
    out = []
    for frame in range(int(seconds * FPS)):
        pitch.watch(body(observe(frame), pitch.pitch_rad), dt_s=1.0 / FPS)
        out.append(np.degrees(pitch.pitch_rad))
    return np.array(out)


@pytest.mark.parametrize("pitch_deg", [-20.0, -10.0, 0.0, 10.0, 20.0, 30.0])
@pytest.mark.parametrize("noise_m", [0.0, 0.03])
def test_it_is_found_within_ten_seconds(
    observe_pose: Observe, pitch_deg: float, noise_m: float
) -> None:
    balanced = brentq(lambda back: lean_deg(observe_pose(pose(legs_back_deg=back))), -10.0, 10.0)

    def observe(frame: int) -> Observation:
        sway = 2.0 * np.sin(0.2 * frame)
        standing = pose(legs_back_deg=balanced, bow_deg=sway)
        return observe_pose(standing, pitch_deg=pitch_deg, noise_m=noise_m, seed=frame)

    found = found_deg(observe, seconds=12.0)
    assert abs(found[-60:] - pitch_deg).max() < 2.5
    assert np.abs(np.diff(found)).max() * FPS < 10.0  # degrees a second: nobody sees it move


def test_standing_upright_leans_a_little(observe_pose: Observe) -> None:
    """The line from the middle of the feet to the centre of mass, against a plain sum."""
    seen = observe_pose(pose())
    names = [f"{side}_{part}" for side in _SIDES for part in _PARTS]
    p = {name: body(seen).positions_m[CanonicalJoint[name]] for name in names}

    def between(a: str, b: str, share: float) -> np.ndarray:
        return np.mean([p[f"{s}_{a}"] + share * (p[f"{s}_{b}"] - p[f"{s}_{a}"]) for s in _SIDES], 0)

    mass = (
        0.081 * between("EAR", "EAR", 0.0) + 0.497 * between("HIP", "SHOULDER", 0.5)
        + 0.056 * between("SHOULDER", "ELBOW", 0.436) + 0.044 * between("ELBOW", "WRIST", 0.682)
        + 0.200 * between("HIP", "KNEE", 0.433) + 0.122 * between("KNEE", "ANKLE", 0.606)
    )  # fmt: skip
    up = mass - between("ANKLE", "TOE", 0.5)
    assert lean_deg(seen) == pytest.approx(np.degrees(np.arctan2(up[2], up[1])), abs=1e-4)
    assert abs(lean_deg(seen)) < 5.0


def test_a_bow_does_not_turn_the_camera(observe_pose: Observe) -> None:
    """Who bows for five seconds puts the hips back to keep the balance."""
    upright = brentq(lambda back: lean_deg(observe_pose(pose(legs_back_deg=back))), -10.0, 10.0)
    back = brentq(
        lambda b: lean_deg(observe_pose(pose(bow_deg=70.0, legs_back_deg=b))), -40.0, 40.0
    )

    def observe(frame: int) -> Observation:
        bowed = 10 * FPS <= frame < 15 * FPS
        standing = pose(bow_deg=70.0, legs_back_deg=back) if bowed else pose(legs_back_deg=upright)
        return observe_pose(standing, pitch_deg=10.0)

    found = found_deg(observe, seconds=20.0)
    assert abs(found[9 * FPS :] - 10.0).max() < 1.5
    # Even one who does lean, for two seconds, hardly turns it.
    pitch = found_deg(
        lambda f: observe_pose(pose(legs_back_deg=upright, bow_deg=40.0 * (f > 600))), seconds=22.0
    )
    assert abs(pitch[-1] - pitch[590]) < 3.0


@pytest.mark.parametrize("case", ["squat", "upper body", "set"])
def test_it_stays_where_nobody_stands_or_it_was_set(observe_pose: Observe, case: str) -> None:
    hidden = LEGS if case == "upper body" else []
    knees_deg = 50.0 if case == "squat" else 0.0
    setting = 5.0 if case == "set" else None
    solver = Solver(SolvingSettings(body="analytic", camera_pitch_deg=setting))
    leant = []
    for frame in range(5 * FPS):
        seen = observe_pose(
            pose(knees_deg=knees_deg), sequence=frame, pitch_deg=20.0, hidden=hidden
        )
        leant.append(solver.solve(seen).rotvecs_rad[J.PELVIS, 0])
    if case != "upper body":  # there a standing lean is taken for upright in any case
        expected = 15.0 if case == "set" else 20.0
        assert np.degrees(leant[-1]) == pytest.approx(expected, abs=1.0)


def test_the_performer_stays_in_place_while_it_is_found(observe_pose: Observe) -> None:
    solver = Solver(SolvingSettings(body="analytic"))
    roots, leant = [], []
    for frame in range(12 * FPS):
        seen = observe_pose(pose(), sequence=frame, pitch_deg=20.0, place_m=(0.0, 0.2, -3.0))
        solved = solver.solve(seen)
        roots.append(solved.root_m)
        leant.append(np.degrees(solved.rotvecs_rad[J.PELVIS, 0]))
    assert leant[5] > 15.0
    assert abs(leant[-1]) < 5.0
    # The legs swing under the pelvis by the same angle, no more.
    assert np.abs(np.array(roots)[30:] - roots[30]).max() < 0.35
    assert np.abs(np.diff(roots, axis=0)[10:]).max() * FPS < 0.35  # metres a second


def test_landmarks_that_all_lie_in_one_place_lean_nowhere() -> None:
    assert lean_rad(np.zeros((len(CanonicalJoint), 3)), np.ones(len(CanonicalJoint))) is None
