"""Interpolation and prediction, and the thread that sends at a steady rate."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from bridge.errors import SinkError
from bridge.sinks.base import Sink
from bridge.sinks.settings import OutputMode, OutputSettings
from bridge.sinks.steady_rate import SteadyRateSink
from bridge.sinks.timeline import PoseTimeline
from bridge.types import HumanoidPose, Moment, Stamp, TrackingState

NS = 1_000_000_000


def pose(time_s: float, *, degrees: float, sign: float = 1.0) -> HumanoidPose:
    turned = Rotation.from_euler("y", degrees, degrees=True).as_quat() * sign
    return HumanoidPose(
        stamp=Stamp(0, int(time_s * NS), "test"),
        hips_m=np.array([degrees / 100, 1, 0]),
        rotations_xyzw=np.tile(turned, (55, 1)),
        expressions={"aa": degrees / 100},
        state=TrackingState.TRACKED,
    )


def degrees_of(found: HumanoidPose | None) -> float:
    assert found is not None
    return Rotation.from_quat(found.rotations_xyzw[10]).as_euler("yxz", degrees=True)[0]


def test_between_two_poses() -> None:
    timeline = PoseTimeline()
    assert timeline.at(0) is None
    timeline.add(pose(1.0, degrees=10))
    assert degrees_of(timeline.at(5 * NS)) == pytest.approx(10, abs=1e-4)
    timeline.add(pose(1.1, degrees=20, sign=-1.0))
    found = timeline.at(int(1.025 * NS))
    assert degrees_of(found) == pytest.approx(12.5, abs=1e-3)
    assert found is not None
    assert found.hips_m[0] == pytest.approx(0.125, abs=1e-6)
    assert found.expressions["aa"] == pytest.approx(0.125, abs=1e-6)
    assert found.stamp.capture_time_ns == int(1.025 * NS)
    assert degrees_of(timeline.at(0)) == pytest.approx(10, abs=1e-4)


def test_after_the_newest_it_goes_on_for_one_interval_at_most() -> None:
    timeline = PoseTimeline()
    for i in range(5):
        timeline.add(pose(1 + i / 10, degrees=10 * i))
    ahead = degrees_of(timeline.at(int(1.45 * NS)))
    assert 42 < ahead <= 45
    farthest = degrees_of(timeline.at(int(1.5 * NS)))
    assert farthest <= 50
    assert degrees_of(timeline.at(9 * NS)) == pytest.approx(farthest, abs=1e-4)
    assert timeline.interval_ns == pytest.approx(0.1 * NS)


def test_a_jump_in_time_begins_anew() -> None:
    timeline = PoseTimeline()
    timeline.add(pose(5.0, degrees=50))
    timeline.add(pose(5.1, degrees=60))
    timeline.add(pose(1.0, degrees=0))  # a recording starts again
    assert degrees_of(timeline.at(int(1.05 * NS))) == pytest.approx(0, abs=1e-4)


class Collecting(Sink):
    def __init__(self, *, fails: bool = False) -> None:
        self.got: list[tuple[float, Moment]] = []
        self.fails = fails
        self.closed = 0

    def accept(self, moment: Moment) -> None:
        if self.fails:
            raise SinkError("gone")
        self.got.append((time.monotonic(), moment))

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("mode", list(OutputMode))
def test_thirty_frames_become_ninety(mode: OutputMode) -> None:
    collecting = Collecting()
    sink = SteadyRateSink([collecting], OutputSettings(rate_hz=90, mode=mode))
    started_s = time.monotonic()
    for i in range(30):
        time.sleep(max(0.0, started_s + i / 30 - time.monotonic()))
        now_s = time.monotonic()
        made = pose(now_s, degrees=(now_s - started_s) * 40)
        sink.accept(Moment(made.stamp, humanoid=made))
    sink.close()
    assert collecting.closed == 1
    assert 70 <= len(collecting.got) <= 95
    sent = [degrees_of(moment.humanoid) for _, moment in collecting.got[12:]]
    assert all(b >= a - 0.6 for a, b in pairwise(sent))  # it moves on, steadily
    assert len({round(angle, 3) for angle in sent}) > len(sent) * 0.8
    late_s = [
        when - moment.stamp.capture_time_ns / NS
        for when, m in collecting.got[12:]
        if (moment := m.humanoid) is not None
    ]
    if mode is OutputMode.INTERPOLATE:
        assert 0.02 < np.median(late_s) < 0.06
    else:
        assert np.median(late_s) < 0.02


def test_a_failure_reaches_the_pipeline() -> None:
    sink = SteadyRateSink([Collecting(fails=True)], OutputSettings(rate_hz=100))
    made = pose(time.monotonic(), degrees=0)
    sink.accept(Moment(made.stamp, humanoid=made))
    time.sleep(0.1)
    with pytest.raises(SinkError, match="gone"):
        sink.accept(Moment(made.stamp, humanoid=made))
    sink.close()
