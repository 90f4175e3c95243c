"""MKV recordings through the real SDK (pyk4a-bundle), which needs no device to play them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.errors import SourceError
from bridge.sources.factory import open_source
from bridge.sources.kinect_playback import KinectPlayback
from bridge.sources.settings import SourceSettings
from bridge.types import Frame, Intrinsics
from tools.sensors.kinect_mkv import write_kinect_mkv

pytest.importorskip("pyk4a")

COLOUR = Intrinsics(1280, 720, 610.0, 611.0, 640.0, 360.0)
DEPTH = Intrinsics(640, 576, 504.0, 504.0, 320.0, 288.0)
FRAMES = 45
PITCH_RAD = np.deg2rad(20.0)


@pytest.fixture(scope="module")
def mkv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wall at 2 m, before it a plate at 1.2 m right of the middle; the colour grows brighter."""
    depth = np.full((DEPTH.height, DEPTH.width), 2000, np.uint16)
    depth[260:320, 400:480] = 1200
    colours = [np.full((720, 1280, 3), (10, 40, 60 + 3 * i), np.uint8) for i in range(FRAMES)]
    path = tmp_path_factory.mktemp("mkv") / "session.mkv"
    write_kinect_mkv(
        path, colours, [depth] * FRAMES, colour_camera=COLOUR, depth_camera=DEPTH,
        acceleration_m_s2=(0.0, -9.81 * np.cos(PITCH_RAD), -9.81 * np.sin(PITCH_RAD)),
    )  # fmt: skip
    return path


def test_the_sdk_plays_what_was_recorded(mkv: Path) -> None:
    with open_source(str(mkv), settings=SourceSettings()) as source:
        assert isinstance(source, KinectPlayback)
        assert source.info.fps == 30.0
        frames = []
        while (frame := source.read()) is not None:
            assert isinstance(frame, Frame)
            frames.append(frame)
    assert len(frames) == FRAMES
    times_ns = [frame.stamp.capture_time_ns for frame in frames]
    assert times_ns == [i * 33_000_000 for i in range(FRAMES)]
    first, last = frames[0], frames[-1]
    assert abs(int(first.image_rgb[300, 600, 0]) - 60) < 4  # red, as it was written
    assert abs(int(last.image_rgb[300, 600, 0]) - (60 + 3 * (FRAMES - 1))) < 4
    camera = first.camera
    assert (camera.width, camera.height) == (1280, 720)
    np.testing.assert_allclose(
        (camera.fx, camera.fy, camera.cx, camera.cy), (610.0, 611.0, 640.0, 360.0), atol=0.01
    )
    assert first.up_camera is not None
    np.testing.assert_allclose(
        first.up_camera, (0.0, -np.cos(PITCH_RAD), -np.sin(PITCH_RAD)), atol=1e-4
    )


def test_depth_lies_on_the_colour_picture(mkv: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Both cameras stand at one place here: the plate's rim is where its rays meet the picture."""
    with caplog.at_level(logging.WARNING), KinectPlayback(mkv) as source:
        frame = source.read()
    assert frame is not None
    assert frame.depth_m is not None
    depth = frame.depth_m
    inside = depth[
        int((265 - 288) / 504 * 611 + 360) : int((315 - 288) / 504 * 611 + 360),
        int((405 - 320) / 504 * 610 + 640) : int((475 - 320) / 504 * 610 + 640),
    ]
    assert np.median(inside) == pytest.approx(1.2, abs=1e-3)
    assert (inside == 1.2).mean() > 0.98 or np.allclose(inside[inside > 0], 1.2, atol=2e-3)
    assert (inside > 0).mean() > 0.97
    assert depth[360, 500] == pytest.approx(2.0, abs=1e-3)
    assert depth[360, 1279] == 0.0  # beyond the depth camera's view


def test_seek_and_loop(mkv: Path) -> None:
    with KinectPlayback(mkv, loop=True) as source:
        source.read()
        source.seek(1.0)
        frame = source.read()
        assert frame is not None
        assert 0.9e9 < frame.stamp.capture_time_ns < 1.1e9
        times_ns = [frame.stamp.capture_time_ns]
        for _ in range(30):
            following = source.read()
            assert following is not None
            times_ns.append(following.stamp.capture_time_ns)
        assert all(later > earlier for earlier, later in pairwise(times_ns))


@pytest.mark.parametrize("share", [0.001, 0.02, 0.5, 0.99])
def test_a_truncated_recording_is_one_line(mkv: Path, tmp_path: Path, share: float) -> None:
    """Its index is at its end: the SDK refuses what lacks it."""
    cut = tmp_path / "cut.mkv"
    data = mkv.read_bytes()
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SourceError) as caught:
        open_source(str(cut), settings=SourceSettings())
    assert "\n" not in str(caught.value)


def test_run_plays_it(mkv: Path, cli: Callable[..., Any]) -> None:
    done = cli("run", "--source", str(mkv), "--as-fast-as-possible", "--frames", "5",
               "--vmc", "127.0.0.1:39990")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "0 failed" in done.stderr
