"""The user's SMPL-X model, on a made-up file of the same layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.errors import ModelError
from bridge.geometry import quat_from_rotvec
from bridge.kinematics import bone_lengths_m, forward_kinematics, rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.smplx_model import SmplxModel, load_betas
from bridge.solving.performer import Performer
from bridge.solving.settings import SolvingSettings
from bridge.types import ActorPose, Stamp

J = SmplxJoint
BALL = 190  # rows of the surface around each joint of the made-up model


@pytest.fixture(scope="module")
def model(smplx_folder: Path) -> SmplxModel:
    pytest.importorskip("smplx")
    return SmplxModel(smplx_folder)


def test_joints_at_betas(model: SmplxModel) -> None:
    rest = rest_joints_m().astype(float)
    zeros = np.zeros(10, np.float32)
    np.testing.assert_allclose(model.rest_joints_m(zeros), rest, atol=1e-5)
    larger = zeros.copy()
    larger[0] = 2.0
    np.testing.assert_allclose(
        bone_lengths_m(model.rest_joints_m(larger).astype(float)), 1.1 * bone_lengths_m(rest),
        atol=1e-5,
    )  # fmt: skip


def test_the_surface_moves_with_every_joint(model: SmplxModel) -> None:
    """Each ball's middle is where our own forward kinematics puts the joint: 55 joints in order."""
    rng = np.random.default_rng(4)
    rotvecs = rng.normal(size=(55, 3)) * 0.4
    root = np.array([0.3, 1.1, -0.2])
    actor = ActorPose(Stamp(0, 0, "test"), rotvecs, root, np.zeros(52), np.ones(55))
    surface, own_joints = model.posed_m(actor)
    middles = surface[: 55 * BALL].reshape(55, BALL, 3).mean(axis=1)
    joints, _ = forward_kinematics(
        quat_from_rotvec(rotvecs), root, rest_joints=rest_joints_m().astype(float)
    )
    np.testing.assert_allclose(middles, joints, atol=2e-5)
    np.testing.assert_allclose(own_joints, joints, atol=2e-5)


def test_betas_with_a_model_give_the_performers_bones(smplx_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("smplx")
    path = tmp_path / "betas.npy"
    np.save(path, np.array([0.0, 3.0]))
    settings = SolvingSettings.model_validate(
        {"proportions": {"betas": str(path), "smplx": str(smplx_folder)}}
    )
    performer = Performer(settings)
    standard = bone_lengths_m(rest_joints_m().astype(float))
    found = performer.proportions.lengths_m
    assert found[J.LEFT_ANKLE] == pytest.approx(standard[J.LEFT_ANKLE] + 0.06, abs=1e-3)
    assert found[J.LEFT_ELBOW] == pytest.approx(standard[J.LEFT_ELBOW], abs=1e-5)
    rise_m = performer.rest_joints_m[J.PELVIS][1] - rest_joints_m()[J.PELVIS][1]
    assert rise_m == pytest.approx(0.12, abs=0.01)
    assert performer.betas[1] == 3.0


@pytest.mark.parametrize("keys", [None, {"betas": np.arange(16) / 10}, {"other": np.zeros(3)}])
def test_betas_from_files(tmp_path: Path, keys: dict[str, np.ndarray] | None) -> None:
    if keys is None:
        path = tmp_path / "a.npy"
        np.save(path, np.array([[1.0, 2.0]]))
        assert load_betas(path).tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 0]
        return
    path = tmp_path / "a.npz"
    np.savez(path, **keys)
    if "betas" in keys:
        np.testing.assert_allclose(load_betas(path), np.arange(10) / 10)
        return
    with pytest.raises(ModelError, match="with 'betas'"):
        load_betas(path)


def test_faults_are_one_line(tmp_path: Path) -> None:
    pytest.importorskip("smplx")
    (tmp_path / "text.npy").write_text("hello")
    np.save(tmp_path / "wild.npy", np.full(10, 1e6))
    (tmp_path / "SMPLX_NEUTRAL.npz").write_bytes(b"PK not a model")
    for call, message in (
        (lambda: load_betas(tmp_path / "none.npy"), "not found"),
        (lambda: load_betas(tmp_path / "text.npy"), "expected a"),
        (lambda: load_betas(tmp_path / "wild.npy"), "between -10 and 10"),
        (lambda: SmplxModel(tmp_path / "nowhere"), "no SMPLX_NEUTRAL.npz in"),
        (lambda: SmplxModel(tmp_path, gender="male"), "no SMPLX_MALE.npz in"),
        (lambda: SmplxModel(tmp_path), "is not an SMPL-X model"),
    ):
        with pytest.raises(ModelError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)
