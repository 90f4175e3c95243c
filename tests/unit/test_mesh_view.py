"""The surface over the picture, with a made-up model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli import build_app
from bridge.errors import SinkError, SourceError
from bridge.layouts import BodyLandmark
from bridge.mesh_view import MeshView, paint
from bridge.skeleton import SmplxJoint
from bridge.smplx_model import SmplxModel
from bridge.types import ActorPose, Frame, Intrinsics, Observation, Stamp

J = SmplxJoint
CAMERA = Intrinsics(200, 200, 200.0, 200.0, 100.0, 100.0)


def test_near_triangles_cover_far_ones_and_backs_are_not_drawn() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    far = np.array([[-0.4, -0.4, 2.0], [-0.4, 0.4, 2.0], [0.4, 0.4, 2.0]])
    near = far * (0.2, 0.2, 0.5)
    # Seen from the camera, with y down, these corners go round counter-clockwise.
    drawn = paint(image, np.concatenate((near, far)), np.array([[0, 1, 2], [3, 4, 5]]), CAMERA)
    assert (drawn[110, 95] > 0).all()
    alone = paint(image, np.concatenate((near, far)), np.array([[3, 4, 5]]), CAMERA)
    assert (alone.sum(axis=-1) > 0).sum() > 500
    backs = paint(image, far, np.array([[0, 2, 1]]), CAMERA)
    assert not backs.any()
    behind = paint(image, -far, np.array([[0, 1, 2], [0, 2, 1]]), CAMERA)
    assert not behind.any()


def test_the_body_is_drawn_where_the_landmarks_are(
    smplx_folder: Path, observe_pose: Callable[..., Observation]
) -> None:
    pytest.importorskip("smplx")
    local = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
    local[J.LEFT_SHOULDER] = [0.0, 0.0, np.sin(-0.4), np.cos(0.4)]
    rotvecs = np.zeros((55, 3))
    rotvecs[J.LEFT_SHOULDER] = [0.0, 0.0, -0.8]
    seen = observe_pose(local, place_m=(0.3, -0.5, -3.0), pitch_deg=10.0)
    assert seen.body is not None
    assert seen.camera is not None
    actor = ActorPose(Stamp(0, 0, "t"), rotvecs, np.zeros(3), np.zeros(52), np.ones(55))
    image = np.zeros((720, 1280, 3), np.uint8)
    view = MeshView(SmplxModel(smplx_folder), np.deg2rad(10.0))
    drawn = view.draw(Frame(seen.stamp, image, seen.camera), seen, actor).any(axis=-1)
    for name in ("LEFT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST", "LEFT_KNEE", "RIGHT_ANKLE"):
        column, row = seen.body.pixels[BodyLandmark[name]].astype(int)
        assert drawn[row - 4 : row + 5, column - 4 : column + 5].mean() > 0.3, name
    assert drawn.mean() < 0.1


def test_without_a_body_the_picture_stays(smplx_folder: Path) -> None:
    pytest.importorskip("smplx")
    image = np.full((200, 200, 3), 7, np.uint8)
    actor = ActorPose(Stamp(0, 0, "t"), np.zeros((55, 3)), np.zeros(3), np.zeros(52), np.zeros(55))
    view = MeshView(SmplxModel(smplx_folder))
    stamp = Stamp(0, 0, "t")
    drawn = view.draw(Frame(stamp, image, CAMERA), Observation(stamp), actor)
    np.testing.assert_array_equal(drawn, image)


def test_command_writes_a_video_and_a_picture(smplx_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("smplx")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for index in range(3):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((120, 160, 3), 40 * index, np.uint8))
    for name in ("out.mp4", "out.png"):
        out = tmp_path / name
        done = CliRunner().invoke(
            build_app(), ["view", str(folder), str(out), "--smplx", str(smplx_folder)]
        )
        assert done.exit_code == 0, done.output
        assert "3 frames" in done.output
        video = cv2.VideoCapture(str(out))
        ok, picture = video.read()
        assert ok
        assert picture.shape == (120, 160, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "out.png", "pictures"]


def test_bad_requests_are_one_line(smplx_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("smplx")
    joints = tmp_path / "joints.csv"
    joints.write_text("1," + "0,0,2,2," * 25 + "\n")
    for arguments, kind, message in (
        ([str(joints), str(tmp_path / "a.png")], SourceError, "no pictures to draw on"),
        ([str(joints), str(tmp_path / "a.txt")], SinkError, "allowed: .mp4, .png"),
    ):
        done = CliRunner().invoke(build_app(), ["view", *arguments, "--smplx", str(smplx_folder)])
        assert isinstance(done.exception, kind)
        assert message in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["joints.csv"]
