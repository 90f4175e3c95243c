"""Real clips through the whole chain, received by a listener written with python-osc only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

UNITY_BONES = 55


def angles_deg(frames: list[Any], bone: str) -> np.ndarray:
    """Rotation of ``bone`` away from the T-pose in each frame."""
    return np.degrees(Rotation.from_quat([f.bones[bone][3:] for f in frames]).magnitude())


def play(clip: Path, receiver: Any, cli: Callable[..., Any], *options: str) -> list[Any]:
    done = cli(
        "run", "--source", str(clip), "--as-fast-as-possible", "--vmc", receiver.address, *options
    )
    assert done.returncode == 0, done.stderr
    return receiver.frames()


@pytest.fixture
def check_frames() -> Callable[[list[Any], int], None]:
    def check(frames: list[Any], clip_frames: int) -> None:
        complete = [f for f in frames if len(f.bones) == UNITY_BONES and f.root and f.values]
        assert len(complete) >= 0.95 * clip_frames
        values = np.array([list(f.bones.values()) for f in complete])
        assert np.isfinite(values).all()
        np.testing.assert_allclose(np.linalg.norm(values[..., 3:], axis=-1), 1, atol=1e-4)
        assert all(0 <= v <= 1 for f in complete for v in f.values.values())

    return check


def test_signing_moves_the_hand_that_signs(shared_data, receiver, cli, check_frames) -> None:
    clip = shared_data("video/signing_640x480_nc.mp4")
    frames = play(clip, receiver, cli, "--no-mirror")
    check_frames(frames, 157)
    # The signer's right hand comes up and signs; the left one rests below the picture's edge.
    for bone in ("RightLowerArm", "RightHand", "RightIndexProximal"):
        assert np.ptp(angles_deg(frames, bone)) > 20, bone
    assert np.ptp(angles_deg(frames, "LeftIndexProximal")) < 5


def test_basketball_moves_the_body(shared_data, receiver, cli, check_frames) -> None:
    frames = play(shared_data("video/basketball_1080x1920.mp4"), receiver, cli)
    check_frames(frames, 40)
    for bone in ("LeftUpperArm", "RightUpperArm", "LeftLowerLeg", "RightLowerLeg", "Hips"):
        assert np.ptp(angles_deg(frames, bone)) > 10, bone


def test_woman_gestures_closes_the_hand_she_shows(shared_data, receiver, cli, check_frames) -> None:
    clip = shared_data("video/woman_gestures_1280x720.mp4")
    frames = play(clip, receiver, cli, "--no-mirror")
    check_frames(frames, 195)
    curl = angles_deg(frames, "RightMiddleProximal") + angles_deg(frames, "RightMiddleIntermediate")
    assert curl.max() > 110
    blink = np.array([f.values["Blink_L"] for f in frames])
    assert np.ptp(blink) > 0.1
