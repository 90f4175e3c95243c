"""How each ARKit shape answers, from a profile's file to the avatar."""

from __future__ import annotations

from math import exp
from pathlib import Path

import numpy as np
import pytest

from bridge.config import Config, config_files, load_config
from bridge.errors import ConfigError
from bridge.reload import Reloader
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.settings import FaceSettings, ShapeSettings
from bridge.retarget.shapes import ShapeResponse, Shapes
from bridge.skeleton import ArkitBlendshape as Shape
from bridge.types import ActorPose, Stamp

STEP_S = 1.0 / 30.0


def actor(number: int, arkit: np.ndarray) -> ActorPose:
    stamp = Stamp(number, round(number * STEP_S * 1e9), "test")
    return ActorPose(
        stamp, np.zeros((55, 3)), np.array([0.0, 0.95, 0.0]), arkit, np.ones(55), 1.0
    )  # fmt: skip


def shown(text: str, folder: Path, *, arkit: float = 0.4, frames: int = 1) -> dict[str, float]:
    """The expressions of an avatar with the profile ``text``."""
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    profile = load_config(overrides={"profile": str(folder / "mine.toml")}).retarget
    retargeter = Retargeter(profile)
    for number in range(frames):
        pose = retargeter.retarget(actor(number, np.full(52, arkit)))
    return dict(pose.expressions)


def test_dead_zone_curve_gain_and_offset() -> None:
    shapes = {
        "jawOpen": ShapeSettings(gain=2.0, dead_zone=0.2),
        "mouthPucker": ShapeSettings(curve=2.0),
        "browInnerUp": ShapeSettings(offset=0.1),
        "all": ShapeSettings(gain=0.5),
    }
    out = ShapeResponse(FaceSettings(shapes=shapes)).apply(np.full(52, 0.4))
    assert out[Shape.JAW_OPEN] == pytest.approx(2.0 * 0.25)
    assert out[Shape.MOUTH_PUCKER] == pytest.approx(0.16)
    assert out[Shape.BROW_INNER_UP] == pytest.approx(0.5)
    assert out[Shape.CHEEK_PUFF] == pytest.approx(0.2)


@pytest.mark.parametrize("fps", [15.0, 30.0, 120.0])
def test_smoothing_is_a_time_and_not_a_count_of_frames(fps: float) -> None:
    response = ShapeResponse(FaceSettings(shapes={"jawOpen": ShapeSettings(smoothing_s=0.2)}))
    shapes = Shapes()
    shapes.step(np.zeros(52), response, step_s=1.0 / fps)
    for _ in range(round(0.2 * fps)):
        out = shapes.step(np.full(52, 0.8), response, step_s=1.0 / fps)
    assert out[Shape.JAW_OPEN] == pytest.approx(0.8 * (1.0 - exp(-1.0)))
    assert out[Shape.MOUTH_PUCKER] == 0.8


def test_a_profile_shapes_the_face_and_the_presets_follow(tmp_path: Path) -> None:
    plain = shown("mirror = false", tmp_path)
    made = shown(
        "mirror = false\n[face.shapes.all]\ngain = 0.5\n[face.shapes.jawOpen]\ngain = 1.5\n",
        tmp_path,
    )
    assert made["jawOpen"] == pytest.approx(1.5 * plain["jawOpen"])
    assert made["browInnerUp"] == pytest.approx(0.5 * plain["browInnerUp"])
    assert 0.0 < made["blinkLeft"] < 0.5 * plain["blinkLeft"]


def test_left_is_the_avatars_left(tmp_path: Path) -> None:
    out = shown("[face.shapes.mouthSmileLeft]\ngain = 0.0\n", tmp_path)
    assert out["mouthSmileLeft"] == 0.0
    assert out["mouthSmileRight"] == pytest.approx(0.4)


def test_a_saved_profile_acts_while_the_program_runs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("blend_s = 0.0\n", encoding="utf-8")
    overrides = {"profile": str(path)}
    initial = load_config(overrides=overrides)
    retargeter = Retargeter(initial.retarget)

    def publish(config: Config) -> None:
        retargeter.apply(config.retarget)

    reloader = Reloader(
        lambda: load_config(overrides=overrides), publish, initial=initial,
        files=lambda: config_files(overrides=overrides),
    )  # fmt: skip
    before = retargeter.retarget(actor(0, np.full(52, 0.4))).expressions["jawOpen"]
    path.write_text("blend_s = 0.0\n[face.shapes.jawOpen]\ngain = 2.0\n", encoding="utf-8")
    reloader.look()
    reloader.look()  # a change must rest for one look
    after = retargeter.retarget(actor(1, np.full(52, 0.4))).expressions["jawOpen"]
    assert (before, after) == (pytest.approx(0.4), pytest.approx(0.8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[face.shapes.jawopen]\ngain = 1.0", r"mine\.toml:1: .*did you mean 'jawOpen'"),
        ("[face.shapes.jawOpen]\ngain = 9.0", r"mine\.toml:2: .*less than or equal to 5"),
    ],
)
def test_faults_name_file_line_and_what_is_allowed(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        shown(text, tmp_path)
