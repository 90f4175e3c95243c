"""The pipeline with fake stages: order, drops, faults, stopping."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from bridge.errors import BridgeError, SinkError, SourceLostError
from bridge.pipeline import FAULTS_BEFORE_RESTART, Pipeline, Stages
from bridge.sinks.base import Sink
from bridge.slot import Slot, SlotClosedError
from bridge.sources.base import Source, SourceInfo
from bridge.tracking.base import Tracker
from bridge.types import (
    ActorPose,
    Frame,
    HumanoidPose,
    Intrinsics,
    Moment,
    Observation,
    Stamp,
    TrackingState,
)

CAMERA = Intrinsics.from_fov(4, 4)


class FakeSource(Source):
    """``count`` frames, ``period_s`` apart; then the end, or ``error``."""

    def __init__(self, count: int, *, period_s: float = 0.0, error: Exception | None = None):
        self.count, self.period_s, self.error = count, period_s, error
        self.read_count = 0
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("fake", live=True)

    def read(self) -> Frame | None:
        if self.read_count == self.count:
            if self.error:
                raise self.error
            return None
        time.sleep(self.period_s)
        self.read_count += 1
        stamp = Stamp(self.read_count, time.monotonic_ns(), "fake")
        return Frame(stamp, np.zeros((4, 4, 3), np.uint8), CAMERA)

    def close(self) -> None:
        self.closed = True


class FakeTracker(Tracker):
    """Takes ``work_s``; raises for the sequence numbers in ``bad``."""

    opened = 0

    def __init__(self, *, work_s: float = 0.0, bad: range = range(0)):
        type(self).opened += 1
        self.work_s, self.bad, self.closed = work_s, bad, False

    def track(self, frame: Frame) -> Observation:
        time.sleep(self.work_s)
        if frame.stamp.sequence in self.bad:
            raise RuntimeError("model refused")
        return Observation(frame.stamp)

    def slowed(self) -> str | None:
        return "face 1/2: took 120% of the time at 30 fps"

    def reset(self) -> None: ...

    def close(self) -> None:
        self.closed = True


class FakeSolver:
    def solve(self, observation: Observation) -> ActorPose:
        zeros = np.zeros
        return ActorPose(observation.stamp, zeros((55, 3)), zeros(3), zeros(52), zeros(55))

    def reset(self) -> None: ...


class FakeRetargeter:
    def retarget(self, actor: ActorPose) -> HumanoidPose:
        identity = np.tile([0.0, 0.0, 0.0, 1.0], (55, 1))
        return HumanoidPose(actor.stamp, np.zeros(3), identity, {}, TrackingState.TRACKED)


class ListSink(Sink):
    def __init__(self, *, fail_after: int | None = None):
        self.moments: list[Moment] = []
        self.fail_after = fail_after
        self.closed = False

    def accept(self, moment: Moment) -> None:
        if self.fail_after is not None and len(self.moments) >= self.fail_after:
            raise SinkError("receiver is gone for good")
        self.moments.append(moment)

    def close(self) -> None:
        self.closed = True


def make(source: Source, tracker: FakeTracker, *sinks: Sink, paced: bool) -> Pipeline:
    stages = Stages(source, lambda: tracker, FakeSolver(), FakeRetargeter(), sinks)
    return Pipeline(stages, paced=paced)


def test_in_order_delivers_everything_and_closes_all() -> None:
    source, tracker, sink = FakeSource(20), FakeTracker(), ListSink()
    result = make(source, tracker, sink, paced=False).run()
    assert [m.stamp.sequence for m in sink.moments] == list(range(1, 21))
    assert result.moments == 20
    assert result.slowed == "face 1/2: took 120% of the time at 30 fps"
    assert source.closed
    assert tracker.closed
    assert sink.closed
    assert {"capture", "tracking", "solving", "retarget", "sinks"} <= set(result.stages)


def test_paced_takes_the_newest_and_counts_the_drops() -> None:
    source, sink = FakeSource(40, period_s=0.002), ListSink()
    result = make(source, FakeTracker(work_s=0.01), sink, paced=True).run()
    sequences = [m.stamp.sequence for m in sink.moments]
    assert sequences == sorted(set(sequences))
    assert sequences[-1] == 40
    assert result.dropped == 40 - len(sequences)
    assert result.dropped > 10
    assert result.age_ms.p50_ms > 0


@pytest.mark.parametrize("paced", [True, False])
def test_bad_frames_are_skipped_and_counted(paced: bool) -> None:
    sink = ListSink()
    source = FakeSource(14, period_s=0.02)
    result = make(source, FakeTracker(bad=range(4, 10)), sink, paced=paced).run()
    delivered = {m.stamp.sequence for m in sink.moments}
    assert not delivered & set(range(4, 10))
    assert 14 in delivered
    assert result.faults >= 1  # paced on a busy machine, some bad frames give way to newer ones
    if not paced:
        assert len(delivered) == 8
        assert result.faults == 6
    assert result.last_fault is not None
    assert "model refused" in result.last_fault


def test_a_stuck_tracker_is_opened_again_and_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.pipeline.RESTART_PAUSE_S", 0.0)
    bad = range(1, FAULTS_BEFORE_RESTART + 1)
    sink = ListSink()
    FakeTracker.opened = 0
    stages = Stages(
        FakeSource(30), lambda: FakeTracker(bad=bad), FakeSolver(), FakeRetargeter(), [sink]
    )
    Pipeline(stages, paced=False).run()
    assert FakeTracker.opened == 2
    assert len(sink.moments) == 30 - FAULTS_BEFORE_RESTART


def test_a_tracker_that_never_works_ends_the_run_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bridge.pipeline.RESTART_PAUSE_S", 0.0)
    tracker = FakeTracker(bad=range(1, 10_000))
    with pytest.raises(BridgeError, match="model refused"):
        make(FakeSource(1000), tracker, ListSink(), paced=False).run()


@pytest.mark.parametrize("paced", [True, False])
def test_a_lost_source_ends_the_run_with_its_reason_after_what_came(paced: bool) -> None:
    sink = ListSink()
    source = FakeSource(5, period_s=0.01, error=SourceLostError("camera unplugged"))
    with pytest.raises(SourceLostError, match="camera unplugged"):
        make(source, FakeTracker(), sink, paced=paced).run()
    assert sink.moments[-1].stamp.sequence == 5
    assert sink.closed


def test_one_dead_sink_does_not_stop_the_other() -> None:
    dead, alive = ListSink(fail_after=3), ListSink()
    make(FakeSource(10), FakeTracker(), dead, alive, paced=False).run()
    assert len(alive.moments) == 10
    assert dead.closed
    with pytest.raises(SinkError):
        make(FakeSource(10), FakeTracker(), ListSink(fail_after=3), paced=False).run()


def test_stop_ends_a_run_whose_source_hangs() -> None:
    pipeline = make(FakeSource(10, period_s=1.0), FakeTracker(), ListSink(), paced=True)
    threading.Timer(0.1, pipeline.stop).start()
    started = time.monotonic()
    pipeline.run()
    assert time.monotonic() - started < 3


def test_max_moments() -> None:
    sink = ListSink()
    make(FakeSource(100), FakeTracker(), sink, paced=False).run(max_moments=7)
    assert len(sink.moments) == 7


def test_slot_keeps_the_newest_until_taken_even_when_closed() -> None:
    slot: Slot[int] = Slot()
    assert slot.take(timeout_s=0) is None
    slot.put(1)
    slot.put(2)
    slot.close()
    assert slot.replaced == 1
    assert slot.take(timeout_s=0) == 2
    with pytest.raises(SlotClosedError):
        slot.take(timeout_s=0)
