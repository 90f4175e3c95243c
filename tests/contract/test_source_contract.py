"""What ``Source`` promises, held against every source that can run without a device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from bridge.sources.base import Source
from bridge.sources.factory import open_source
from bridge.sources.pacing import PacedSource
from bridge.sources.settings import SourceSettings
from bridge.types import Frame


def write_video(path: Path) -> str:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 50.0, (32, 24))
    for number in range(5):
        writer.write(np.full((24, 32, 3), number * 20, np.uint8))
    writer.release()
    return str(path)


def write_folder(path: Path) -> str:
    path.mkdir()
    for number in range(5):
        cv2.imwrite(str(path / f"{number}.png"), np.full((24, 32, 3), number * 20, np.uint8))
    return str(path)


def video(folder: Path) -> Source:
    return open_source(write_video(folder / "clip.mp4"), settings=SourceSettings())


def images(folder: Path) -> Source:
    return open_source(write_folder(folder / "pictures"), settings=SourceSettings(fps=50.0))


def paced(folder: Path) -> Source:
    return PacedSource(video(folder))


@pytest.mark.parametrize("make", [video, images, paced])
def test_source_keeps_its_promises(make: Callable[[Path], Source], tmp_path: Path) -> None:
    with make(tmp_path) as source:
        info = source.info
        assert not info.live
        assert info.size_px == (32, 24)
        frames: list[Frame] = []
        while (item := source.read()) is not None:
            assert isinstance(item, Frame)
            frames.append(item)
        assert source.read() is None  # the end stays the end
        assert len(frames) == info.length == 5
        assert [f.stamp.sequence for f in frames] == list(range(5))
        assert {f.stamp.source_id for f in frames} == {info.source_id}
        times = [f.stamp.capture_time_ns for f in frames]
        assert np.allclose(np.diff(times) * 1e-9, 0.02, atol=1e-4)
        for frame in frames:
            assert frame.image_rgb.shape == (24, 32, 3)
            assert frame.image_rgb.dtype == np.uint8
            assert not frame.image_rgb.flags.writeable
            assert (frame.camera.width, frame.camera.height) == (32, 24)
        source.seek(0.04)
        again = source.read()
        assert isinstance(again, Frame)
        assert np.abs(again.image_rgb.astype(int) - frames[2].image_rgb).max() < 4
        assert source.info == info
    source.close()  # a second time
    assert source.read() is None
