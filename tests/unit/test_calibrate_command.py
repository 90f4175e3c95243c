"""``avatar-bridge calibrate face`` on recorded observations, without camera or tracker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli import build_app
from bridge.cli import face_session as session_module
from bridge.geometry import camera_from_world
from bridge.layouts import Layout
from bridge.skeleton import ARKIT_NAMES
from bridge.solving.face import calibration as calibration_module
from bridge.solving.face.calibration import load_calibration, with_neutral
from bridge.solving.face.measure import median_weights
from bridge.solving.face.pose import load_template
from bridge.solving.face.settings import FaceSettings
from bridge.sources.base import Source, SourceInfo
from bridge.types import Keypoints, Observation, Stamp

FPS = 30


@pytest.fixture(autouse=True)
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(calibration_module, "user_config_path", lambda *_, **__: tmp_path)
    return tmp_path


def observation(number: int, *, smile: float = 0.0, face: bool = True) -> Observation:
    """A face by weights, as a sensor gives them."""
    arkit = np.zeros(52, np.float32)
    arkit[ARKIT_NAMES.index("eyeSquintLeft")] = 0.4
    arkit[ARKIT_NAMES.index("mouthSmileLeft")] = smile
    return Observation(Stamp(number, number * 10**9 // FPS, "test"), arkit=arkit if face else None)


class Recorded(Source):
    """Two seconds at rest, then two seconds of a smile."""

    def __init__(self, *, face: bool) -> None:
        self._face = face
        self._number = 0

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("test", live=False)

    def read(self) -> Observation | None:
        if self._number == 4 * FPS:
            return None
        smile = 0.7 if self._number >= 2 * FPS else 0.0
        self._number += 1
        return observation(self._number - 1, smile=smile, face=self._face)

    def close(self) -> None:
        pass


class NoTracker:
    def close(self) -> None:
        pass


def calibrate(monkeypatch: pytest.MonkeyPatch, *options: str, face: bool = True):
    monkeypatch.setattr(session_module, "open_source", lambda *_, **__: Recorded(face=face))
    monkeypatch.setattr(session_module, "open_tracker", lambda *_: NoTracker())
    command = ["calibrate", "face", "--performer", "anna", "--pause", "0.2", *options]
    return CliRunner().invoke(build_app(), command)


def test_neutral_and_smile_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    result = calibrate(monkeypatch, "--seconds", "1.7", "--steps", "smile")
    assert result.exit_code == 0, result.output
    assert "mouthSmileRight" in result.output  # did not move, and is told so
    made = load_calibration("anna")
    assert made.neutral[ARKIT_NAMES.index("eyeSquintLeft")] == pytest.approx(0.4, abs=1e-3)
    assert made.full_of("mouthSmileLeft") == pytest.approx(0.7, abs=1e-3)
    assert made.full_of("mouthSmileRight") == 1.0


def test_no_face_is_told_and_nothing_is_saved(
    monkeypatch: pytest.MonkeyPatch, config_folder: Path
) -> None:
    result = calibrate(monkeypatch, "--seconds", "1", face=False)
    assert result.exit_code != 0
    assert "a face in 0 of" in str(result.exception)
    assert not list(config_folder.rglob("*.toml"))


def test_a_step_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    result = calibrate(monkeypatch, "--steps", "nose")
    assert "eyes, mouth, smile" in str(result.exception)


def test_a_new_neutral_keeps_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    calibrate(monkeypatch, "--seconds", "1.7", "--steps", "smile")
    again = with_neutral("anna", np.full(52, 0.1))
    assert again.full_of("mouthSmileLeft") == pytest.approx(0.7, abs=1e-3)
    assert again.neutral.max() == pytest.approx(0.1)
    assert with_neutral("berta", np.zeros(52)).full.min() == 1.0


def test_the_usual_face_is_measured() -> None:
    points = load_template().positions * 0.09
    seen = Keypoints(
        Layout.MEDIAPIPE_FACE_478,
        camera_from_world(points).astype(np.float32),
        np.zeros((478, 2), np.float32),
        np.ones(478, np.float32),
    )
    stamp = Stamp(0, 0, "test")
    usual = median_weights([Observation(stamp, face=seen)], FaceSettings())
    assert usual is not None
    assert usual.max() > 0.0
    assert median_weights([Observation(stamp)], FaceSettings()) is None
