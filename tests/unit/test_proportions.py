"""The performer's bones: measured from what a sensor sees, kept, and used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.errors import ConfigError
from bridge.geometry import camera_from_world
from bridge.kinematics import (
    bone_lengths_m,
    fitted_rest_joints_m,
    forward_kinematics,
    rest_joints_m,
)
from bridge.layouts import Layout
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.settings import RetargetSettings
from bridge.skeleton import SMPLX_PARENT, SmplxJoint
from bridge.solving.performer import Performer
from bridge.solving.performer_files import load_proportions, proportions_path
from bridge.solving.proportions import STANDARD_M, Proportions
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.types import Keypoints, Observation, Stamp
from tools.sensors.landmarks import landmark_set

J = SmplxJoint
FPS = 30.0
LIMBS = [
    J[f"{s}_{n}"] for s in ("LEFT", "RIGHT") for n in ("ELBOW", "WRIST", "KNEE", "ANKLE")
]  # fmt: skip


def person(*, legs: float = 1.1, arms: float = 0.92, trunk: float = 1.05) -> np.ndarray:
    """Bone lengths of nobody in particular."""
    lengths = bone_lengths_m(rest_joints_m().astype(float))
    for joint in J:
        name = joint.name
        if "KNEE" in name or "ANKLE" in name:
            lengths[joint] *= legs
        elif "ELBOW" in name or "WRIST" in name:
            lengths[joint] *= arms
        elif name in ("SPINE1", "SPINE2", "SPINE3", "NECK") or "COLLAR" in name:
            lengths[joint] *= trunk
    return lengths


def moving(frames: int) -> np.ndarray:
    """Arms and knees go up and down."""
    local = np.zeros((frames, 55, 4))
    local[..., 3] = 1.0
    phase = np.arange(frames) / 11.0
    for joint, axis, most in (
        (J.LEFT_SHOULDER, 2, -1.2), (J.RIGHT_SHOULDER, 2, 1.2), (J.LEFT_ELBOW, 1, -1.0),
        (J.RIGHT_ELBOW, 1, 1.0), (J.LEFT_HIP, 0, -0.6), (J.LEFT_KNEE, 0, 0.9),
    ):  # fmt: skip
        half = most * (0.5 + 0.5 * np.sin(phase)) / 2
        local[:, joint, axis], local[:, joint, 3] = np.sin(half), np.cos(half)
    return local


def watched(
    lengths: np.ndarray,
    frames: int = 150,
    *,
    noise_m: float = 0.01,
    outliers: float = 0.05,
    layout: Layout | None = None,
) -> list[Observation]:
    """A Kinect's view of a person with these bones, standing 2.5 m away, with outliers."""
    layout = layout or Layout.AZURE_KINECT_32
    rest = fitted_rest_joints_m(lengths)
    rng = np.random.default_rng(3)
    root = np.tile(rest[J.PELVIS] + [0.0, -1.0, -2.5], (frames, 1))
    joints, rotations = forward_kinematics(moving(frames), root, rest_joints=rest)
    points = landmark_set(layout).place(joints, rotations)
    seen = camera_from_world(points) + rng.normal(size=points.shape) * noise_m
    wrong = rng.random(seen.shape[:2]) < outliers
    seen[wrong] += rng.normal(size=(wrong.sum(), 3)) * 0.3
    blank = np.zeros((layout.count, 2))
    return [
        Observation(
            Stamp(i, round(i * 1e9 / FPS), "test"),
            body=Keypoints(layout, seen[i], blank, np.full(layout.count, 0.9)),
        )
        for i in range(frames)
    ]


def test_lengths_come_back_from_noisy_joints() -> None:
    """Within 2 % of the truth, through noise of 1 cm and every twentieth joint 30 cm off."""
    truth = person()
    performer = Performer(SolvingSettings())
    performer.measure(watched(truth))
    found = performer.proportions
    np.testing.assert_allclose(found.lengths_m[LIMBS], truth[LIMBS], rtol=0.02)
    assert (found.confidence[LIMBS] > 0.5).all()
    assert found.confidence[J.LEFT_INDEX1] == 0.0  # never seen, only scaled
    legs_m = truth[J.LEFT_KNEE] + truth[J.LEFT_ANKLE]
    hips = found.rest_joints_m[J.LEFT_HIP] - found.rest_joints_m[J.LEFT_ANKLE]
    assert hips[1] == pytest.approx(legs_m, rel=0.02)


def test_a_rest_skeleton_has_the_lengths_it_was_made_with() -> None:
    rng = np.random.default_rng(0)
    lengths = bone_lengths_m(rest_joints_m().astype(float)) * rng.uniform(0.7, 1.3, 55)
    for joint, other in ((j, J[j.name.replace("LEFT", "RIGHT")]) for j in J if "LEFT" in j.name):
        lengths[other] = lengths[joint]
    rest = fitted_rest_joints_m(lengths).astype(float)
    np.testing.assert_allclose(bone_lengths_m(rest), lengths, atol=1e-5)
    for joint, parent in SMPLX_PARENT.items():
        standard = rest_joints_m()[joint] - rest_joints_m()[parent]
        along = rest[joint] - rest[parent]
        np.testing.assert_allclose(
            along / np.linalg.norm(along), standard / np.linalg.norm(standard), atol=1e-5
        )
    np.testing.assert_allclose(
        fitted_rest_joints_m(bone_lengths_m(rest_joints_m().astype(float))),
        rest_joints_m(), atol=1e-5,
    )  # fmt: skip


def test_stature_scales_the_shape() -> None:
    found = Proportions.of(person(), np.ones(55)).scaled_to(1.5)
    assert found.stature_m == pytest.approx(1.5, abs=1e-3)
    assert Proportions.standard(stature_m=1.9).stature_m == pytest.approx(1.9, abs=1e-3)
    assert found.lengths_m[J.LEFT_KNEE] / found.lengths_m[J.LEFT_ELBOW] == pytest.approx(
        person()[J.LEFT_KNEE] / person()[J.LEFT_ELBOW], rel=1e-4
    )


def test_plain_cameras_are_measured_only_when_asked_and_trusted_less() -> None:
    seen = watched(person(), layout=Layout.MEDIAPIPE_BODY_33)
    quiet, asked = (
        Performer(SolvingSettings()),
        Performer(SolvingSettings.model_validate({"proportions": {"measure": "always"}})),
    )
    quiet.measure(seen)
    assert quiet.bones_m is None
    asked.measure(seen)
    assert 0.0 < asked.proportions.confidence[J.LEFT_ELBOW] <= 0.5


def test_solving_stands_the_performer_on_their_own_legs() -> None:
    """The pelvis is as high as the legs are long, and the avatar's hips are not moved by it."""
    truth = person(legs=1.25)
    solver = Solver(SolvingSettings())
    seen = watched(truth, frames=240, noise_m=0.002, outliers=0.0)
    poses = [solver.solve(item) for item in seen]
    bones_m = poses[-1].bones_m
    assert poses[30].bones_m is None
    assert bones_m is not None
    np.testing.assert_allclose(bones_m[LIMBS], truth[LIMBS], rtol=0.02)
    expected_m = fitted_rest_joints_m(truth)[J.PELVIS][1]
    assert poses[-1].root_m[1] == pytest.approx(expected_m, abs=0.03)
    settings = RetargetSettings.model_validate({"mirror": False})
    retargeter = Retargeter(settings)
    hips = [float(retargeter.retarget(pose).hips_m[1]) for pose in poses]
    assert hips[-1] == pytest.approx(rest_joints_m()[J.PELVIS][1], abs=0.04)
    assert np.abs(np.diff(hips[60:])).max() < 0.02  # no jump when the bones become known


def test_lengths_are_kept_under_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings = SolvingSettings.model_validate({"proportions": {"performer": "Ada"}})
    solver = Solver(settings)
    for seen in watched(person(), frames=180):
        solver.solve(seen)
    kept = load_proportions("Ada")
    assert kept is not None
    np.testing.assert_allclose(kept.lengths_m[LIMBS], person()[LIMBS], rtol=0.02)
    again = Performer(settings)
    np.testing.assert_allclose(again.proportions.lengths_m, kept.lengths_m)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[bones_m]\nthigh = 9.0\n", "thigh = 9.0, allowed"),
        ("[bones_m]\nnose = 0.1\n", "allowed are upper_arm"),
        ("[bones_m\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = proportions_path("Bo")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_proportions("Bo")
    assert "\n" not in str(caught.value)


def test_every_measure_is_a_distance_of_the_rest_skeleton() -> None:
    assert STANDARD_M["thigh"] == pytest.approx(0.245 * 1.7, abs=0.01)  # Drillis and Contini
    assert STANDARD_M["forearm"] == pytest.approx(0.146 * 1.7, abs=0.005)
