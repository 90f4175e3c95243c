"""Pose frames for the page, decoded here from the documented layout alone."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.geometry import angle_between
from bridge.sinks.preview import PreviewSink
from bridge.sinks.preview_frame import EXPRESSION_NAMES, FRAME_BYTES, encode_frame
from bridge.skeleton import HUMAN_BONE_COUNT
from bridge.types import HumanoidPose, Moment, Stamp, TrackingState

MAX_FRAME_BYTES = 1500
MAX_ERROR_RAD = np.deg2rad(0.02)  # far below the 0.5 degrees that the page promises


def pose(seed: int = 0, **expressions: float) -> HumanoidPose:
    random = np.random.default_rng(seed)
    rotations = random.normal(size=(HUMAN_BONE_COUNT, 4))
    rotations /= np.linalg.norm(rotations, axis=1, keepdims=True)
    return HumanoidPose(
        stamp=Stamp(7, 1_500_000_000, "test"),
        hips_m=np.array([0.1, 0.95, -0.2], np.float32),
        rotations_xyzw=rotations.astype(np.float32),
        expressions=expressions,
        state=TrackingState.HELD,
    )


@given(st.integers(0, 10_000))
def test_rotations_survive(seed: int) -> None:
    given_pose = pose(seed)
    data = encode_frame(given_pose)
    assert len(data) == FRAME_BYTES <= MAX_FRAME_BYTES
    quats = np.frombuffer(data, "<i2", HUMAN_BONE_COUNT * 4, offset=28).reshape(-1, 4) / 32767.0
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    errors = angle_between(quats, given_pose.rotations_xyzw.astype(np.float64))
    assert errors.max() < MAX_ERROR_RAD


def test_header_and_weights() -> None:
    data = encode_frame(pose(jawOpen=0.5, happy=2.0, unknown=1.0))
    version, state, bones, weights = struct.unpack_from("<BBBB", data)
    assert (version, state, bones, weights) == (1, 1, 55, 70)
    sequence, time_ms, *hips = struct.unpack_from("<Idfff", data, 4)
    assert (sequence, time_ms) == (7, 1500.0)
    assert hips == pytest.approx([0.1, 0.95, -0.2], abs=1e-6)
    shown = dict(zip(EXPRESSION_NAMES, data[28 + 440 :], strict=True))
    assert shown["jawOpen"] == 128
    assert shown["happy"] == 255
    assert shown["sad"] == 0


def test_sink_keeps_only_the_newest_and_the_picture_on_request() -> None:
    sink = PreviewSink()
    calls: list[int] = []
    sink.subscribe(lambda: calls.append(1))
    sink.accept(Moment(Stamp(1, 0, "test")))
    assert sink.frame is None
    for seed in (1, 2):
        sink.accept(Moment(Stamp(seed, 0, "test"), humanoid=pose(seed)))
    assert sink.frame == encode_frame(pose(2))
    assert sink.moment is None
    assert len(calls) == 2
    sink.keep_picture = True
    moment = Moment(Stamp(3, 0, "test"), humanoid=pose(3))
    sink.accept(moment)
    assert sink.moment is moment
    sink.close()
    sink.close()
