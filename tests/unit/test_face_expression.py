"""Weights after measuring: calibration, smoothing; SMPL-X coefficients."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import ConfigError, ModelError
from bridge.skeleton import ArkitBlendshape as Shape
from bridge.skeleton import SmplxJoint
from bridge.solving.face import calibration as calibration_module
from bridge.solving.face.calibration import (
    Calibration,
    LiveCalibration,
    calibration_path,
    load_calibration,
    save_calibration,
)
from bridge.solving.face.pose import load_template
from bridge.solving.face.settings import FaceSettings
from bridge.solving.face.smoothing import WeightFilter
from bridge.solving.face.smplx_expression import IBUG_51_ROWS, SmplxExpression

IDENTITY = np.array([0.0, 0.0, 0.0, 1.0])


@pytest.fixture
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(calibration_module, "user_config_path", lambda *_, **__: tmp_path)
    return tmp_path


def only(shape: Shape, value: float) -> np.ndarray:
    weights = np.zeros(52)
    weights[shape] = value
    return weights


def test_neutral_becomes_nothing_and_the_range_becomes_one() -> None:
    neutral = only(Shape.EYE_SQUINT_LEFT, 0.4) + only(Shape.EYE_BLINK_LEFT, 0.1)
    closed = only(Shape.EYE_BLINK_LEFT, 0.6)
    made = Calibration.from_measurements(neutral, {"eyeBlinkLeft": closed, "jawOpen": closed})
    np.testing.assert_allclose(made.apply(neutral), 0.0, atol=1e-12)
    assert made.apply(closed)[Shape.EYE_BLINK_LEFT] == pytest.approx(1.0)
    assert made.full_of("jawOpen") == 1.0  # the jaw did not move in its step: range kept


def test_a_calibration_survives_its_file(config_folder: Path) -> None:
    rng = np.random.default_rng(0)
    neutral = np.round(rng.uniform(0.0, 0.4, 52), 4)
    saved = Calibration(neutral, np.round(neutral + 0.5, 4))
    path = save_calibration("Anna B", saved)
    assert path.is_relative_to(config_folder)
    loaded = load_calibration("Anna B")
    np.testing.assert_allclose(loaded.neutral, saved.neutral, atol=1e-4)
    np.testing.assert_allclose(loaded.full, saved.full, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[neutral]\njawOpem = 0.1\n", "jawOpem"),
        ("[full]\njawOpen = 0.0\n", "above its 'neutral'"),
        ("neutral = 3\n", "must be a table"),
        ("[neutral\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_told_with_its_path(config_folder: Path, text: str, message: str) -> None:
    path = calibration_path("bob")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_calibration("bob")
    assert str(path) in str(caught.value)


def test_a_missing_calibration_names_the_command(config_folder: Path) -> None:
    with pytest.raises(ConfigError, match="calibrate face"):
        load_calibration("nobody")
    with pytest.raises(ConfigError, match="file's name"):
        calibration_path("../up")


def test_a_new_calibration_is_applied_live(config_folder: Path) -> None:
    save_calibration("carl", Calibration.idle())
    live = LiveCalibration("carl")
    smile = only(Shape.MOUTH_SMILE_LEFT, 0.5)
    assert live.step(smile, dt_s=0.1)[Shape.MOUTH_SMILE_LEFT] == pytest.approx(0.5)
    path = save_calibration("carl", Calibration.from_measurements(smile, {}))
    os.utime(path, ns=(1, 1))  # a coarse clock may give both files the same time
    assert live.step(smile, dt_s=1.1)[Shape.MOUTH_SMILE_LEFT] == pytest.approx(0.0)


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
def test_noise_at_rest_is_taken_away(fps: float) -> None:
    rng = np.random.default_rng(1)
    smooth = WeightFilter(FaceSettings())
    out = [smooth.step(0.3 + rng.normal(0.0, 0.02, 52), dt_s=1.0 / fps) for _ in range(400)]
    assert np.std(out[100:], axis=0).max() <= 0.01


@pytest.mark.parametrize(
    ("shape", "limit_s"), [(Shape.EYE_BLINK_LEFT, 0.060), (Shape.JAW_OPEN, 0.100)]
)
def test_lag_on_a_step(shape: Shape, limit_s: float) -> None:
    """Two thirds of the way within the limit, at 30 fps; the first new frame counts as 0."""
    smooth = WeightFilter(FaceSettings())
    for _ in range(60):
        smooth.step(np.zeros(52), dt_s=1.0 / 30.0)
    stepped = [smooth.step(only(shape, 0.6), dt_s=1.0 / 30.0)[shape] for _ in range(30)]
    first_late_frame = next(i for i, value in enumerate(stepped) if value >= 0.4)
    assert first_late_frame / 30.0 <= limit_s


def test_smoothing_acts_the_same_at_any_rate() -> None:
    def after_100_ms(fps: float) -> float:
        smooth = WeightFilter(FaceSettings())
        smooth.step(np.zeros(52), dt_s=1.0 / fps)
        for _ in range(round(0.1 * fps)):
            out = smooth.step(only(Shape.JAW_OPEN, 0.3), dt_s=1.0 / fps)
        return float(out[Shape.JAW_OPEN])

    assert after_100_ms(60.0) == pytest.approx(after_100_ms(120.0), abs=0.03)


def smplx_file(folder: Path, rng: np.random.Generator) -> tuple[Path, np.ndarray]:
    """A made-up model of SMPL-X's layout, and its expression basis at the landmarks."""
    neutral = load_template().positions[IBUG_51_ROWS] * 0.09
    vertices = np.repeat(neutral, 3, axis=0)  # each landmark on a triangle of its own
    vertices += rng.normal(0.0, 0.001, vertices.shape)
    count = len(vertices)
    directions = rng.normal(0.0, 0.004, (count, 3, 20)).astype(np.float32)
    triangles = np.arange(count).reshape(-1, 3)
    mix = rng.dirichlet(np.ones(3), len(triangles))
    weights = np.zeros((count, 55))
    weights[:, SmplxJoint.HEAD] = 1.0
    lower = vertices[:, 1] < -0.06
    weights[lower, SmplxJoint.HEAD] = 0.0
    weights[lower, SmplxJoint.JAW] = 1.0
    regressor = np.zeros((55, count))
    regressor[:, 0] = 1.0
    path = folder / "SMPLX_MADE_UP.npz"
    np.savez(
        path, f=triangles, lmk_faces_idx=np.arange(len(triangles)), lmk_bary_coords=mix,
        v_template=vertices, shapedirs=directions, weights=weights, J_regressor=regressor,
    )  # fmt: skip
    basis = (directions[triangles][..., 10:] * mix[:, :, None, None]).sum(axis=1)
    return path, basis


def test_expression_coefficients_of_a_made_up_model_are_recovered(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    path, basis = smplx_file(tmp_path, rng)
    fit = SmplxExpression(path, neutral_time_s=1e6)
    template = load_template().positions
    for _ in range(30):
        rest = fit.step(template, IDENTITY, dt_s=1.0 / 30.0)
    np.testing.assert_allclose(rest, 0.0, atol=1e-6)
    wanted = rng.uniform(-1.5, 1.5, 10)
    face = template.copy()
    face[IBUG_51_ROWS] += basis @ wanted / 0.09
    found = fit.step(face, IDENTITY, dt_s=1.0 / 30.0)
    assert np.abs(found - wanted).max() < 0.35  # the prior pulls a little towards 0


def test_expression_stays_finite_for_any_face(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    path, _ = smplx_file(tmp_path, rng)
    fit = SmplxExpression(path, neutral_time_s=30.0)
    for _ in range(20):
        out = fit.step(rng.normal(0.0, 1.0, (478, 3)), IDENTITY, dt_s=0.03)
        assert np.isfinite(out).all()
        assert np.abs(out).max() <= 4.0


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, v_template=np.zeros((3, 3)))
    with pytest.raises(ModelError, match="smplx_model"):
        SmplxExpression(path, neutral_time_s=30.0)
    with pytest.raises(ModelError, match="smplx_model"):
        SmplxExpression(tmp_path / "missing.npz", neutral_time_s=30.0)
