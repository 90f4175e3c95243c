"""The reference tracker on real clips: which parts, whose side, what size.

Facts about the clips were read off the pictures: the woman raises her right hand only, into
view from frame 26 on; the signer's right hand signs and her left stays below the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.layouts import BodyLandmark, HandLandmark
from bridge.sources.settings import SourceSettings
from bridge.sources.video import VideoSource
from bridge.tracking.base import Tracker
from bridge.tracking.factory import open_tracker
from bridge.tracking.settings import TrackingSettings
from bridge.types import Frame, Intrinsics, Observation, Stamp

pytest.importorskip("mediapipe")


@pytest.fixture(scope="module")
def tracker() -> Iterator[Tracker]:
    reference = open_tracker(TrackingSettings(backend="mediapipe"))
    yield reference
    reference.close()


def observe(tracker: Tracker, path: Path, *, first: int, count: int) -> list[Observation]:
    tracker.reset()
    with VideoSource(path, settings=SourceSettings()) as source:
        source.seek(first / (source.info.fps or 25.0))
        return [
            tracker.track(item) for _ in range(count) if isinstance(item := source.read(), Frame)
        ]


def share(observations: list[Observation], part: str) -> float:
    return float(np.mean([getattr(o, part) is not None for o in observations]))


def test_signing(tracker: Tracker, shared_data: Callable[[str], Path]) -> None:
    seen = observe(tracker, shared_data("video/signing_640x480_nc.mp4"), first=70, count=30)
    assert share(seen, "body") == 1.0
    assert share(seen, "face") == 1.0
    assert share(seen, "right_hand") > 0.3
    assert share(seen, "left_hand") == 0.0
    body = seen[0].body
    assert body is not None
    # The performer's left shoulder is at the right of an unmirrored picture, in both spaces.
    left, right = BodyLandmark.LEFT_SHOULDER, BodyLandmark.RIGHT_SHOULDER
    assert body.pixels[left, 0] > body.pixels[right, 0] + 100
    width_m = body.positions_m[left, 0] - body.positions_m[right, 0]
    assert 0.2 < width_m < 0.5


def test_one_hand_is_not_reported_as_two(
    tracker: Tracker, shared_data: Callable[[str], Path]
) -> None:
    seen = observe(tracker, shared_data("video/woman_gestures_1280x720.mp4"), first=70, count=40)
    assert share(seen, "right_hand") > 0.9
    assert share(seen, "left_hand") < 0.1
    assert share(seen, "face") == 1.0


def test_sizes_and_axes(tracker: Tracker, shared_data: Callable[[str], Path]) -> None:
    seen = observe(tracker, shared_data("video/woman_gestures_1280x720.mp4"), first=90, count=5)
    hand, face = seen[-1].right_hand, seen[-1].face
    assert hand is not None
    assert face is not None
    knuckle_m = np.linalg.norm(hand.positions_m[HandLandmark.MIDDLE_MCP])
    assert 0.06 < knuckle_m < 0.12
    nose_tip, chin, brow = 1, 152, 10
    assert face.positions_m[chin, 1] > 0.05 > -0.03 > face.positions_m[brow, 1]  # y is down
    assert face.positions_m[nose_tip, 2] < -0.01  # the nose points at the camera
    assert face.confidence.min() == 1.0  # irises were tracked


def test_basketball_body(tracker: Tracker, shared_data: Callable[[str], Path]) -> None:
    seen = observe(tracker, shared_data("video/basketball_1080x1920.mp4"), first=0, count=10)
    assert share(seen, "body") == 1.0
    body = seen[-1].body
    assert body is not None
    assert body.positions_m[BodyLandmark.LEFT_ANKLE, 1] > 0.3  # y is down
    hips = body.positions_m[[BodyLandmark.LEFT_HIP, BodyLandmark.RIGHT_HIP]]
    assert np.abs(hips.mean(axis=0)).max() < 0.03


@pytest.mark.parametrize("shape", [(16, 16, 3), (480, 640, 3)])
def test_pictures_without_a_person(tracker: Tracker, shape: tuple[int, int, int]) -> None:
    tracker.reset()
    noise = np.random.default_rng(3).integers(0, 255, shape, np.uint8)
    for sequence, image in enumerate((np.zeros(shape, np.uint8), noise)):
        camera = Intrinsics.from_fov(shape[1], shape[0])
        frame = Frame(Stamp(sequence, sequence * 40_000_000, "test"), image, camera)
        seen = tracker.track(frame)
        assert (seen.body, seen.left_hand, seen.right_hand, seen.face) == (None,) * 4
