"""Sends at a display's rate what comes at the camera's."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bridge.errors import SinkError
from bridge.sinks.base import Sink
from bridge.sinks.settings import OutputMode, OutputSettings
from bridge.sinks.timeline import PoseTimeline
from bridge.types import Moment, TrackingState

_NS_PER_S: Final = 1e9
_LAG_SHARE: Final = 0.05  # of a new measurement: the lag follows over about twenty frames
_STALE_S: Final = 0.5  # a source that is silent this long no longer tracks
_JOIN_TIMEOUT_S: Final = 2.0


class SteadyRateSink(Sink):
    """Hands moments to its sinks ``settings.rate_hz`` times a second, from its own thread.

    ``interpolate`` shows the past, one camera interval late, exactly; ``predict`` goes on from
    the newest pose, at most one interval, and is never late.
    """

    def __init__(self, sinks: Sequence[Sink], settings: OutputSettings) -> None:
        if settings.rate_hz is None:
            raise ValueError("a steady rate needs a rate")
        self._sinks = tuple(sinks)
        self._period_s = 1.0 / settings.rate_hz
        self._late = settings.mode is OutputMode.INTERPOLATE
        self._lock = threading.Lock()
        self._timeline = PoseTimeline()
        self._newest: Moment | None = None
        self._arrived_ns = 0
        self._lag_ns: float | None = None
        self._failure: SinkError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="steady rate", daemon=True)
        self._thread.start()

    def accept(self, moment: Moment) -> None:
        """Keep the pose; it is sent when its time comes."""
        if self._failure is not None:
            raise self._failure
        if moment.humanoid is None:
            return
        now_ns = time.monotonic_ns()
        with self._lock:
            lag_ns = float(now_ns - moment.humanoid.stamp.capture_time_ns)
            known = self._lag_ns
            if known is None or abs(lag_ns - known) > _NS_PER_S:
                self._lag_ns = lag_ns
            else:
                self._lag_ns = known + _LAG_SHARE * (lag_ns - known)
            self._timeline.add(moment.humanoid)
            self._newest, self._arrived_ns = moment, now_ns

    def close(self) -> None:
        """Stop the thread, then close the sinks."""
        self._stop.set()
        self._thread.join(_JOIN_TIMEOUT_S)
        for sink in self._sinks:
            sink.close()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stop.is_set():
            due_s += self._period_s
            pause_s = due_s - time.monotonic()
            if pause_s > 0:
                if self._stop.wait(pause_s):
                    return
            elif pause_s < -1.0:
                due_s = time.monotonic()  # the machine slept: do not catch up
            moment = self._moment(time.monotonic_ns())
            if moment is None:
                continue
            try:
                for sink in self._sinks:
                    sink.accept(moment)
            except SinkError as error:
                self._failure = error
                return

    def _moment(self, now_ns: int) -> Moment | None:
        with self._lock:
            newest, lag_ns = self._newest, self._lag_ns
            if newest is None or lag_ns is None:
                return None
            delay_ns = self._timeline.interval_ns if self._late else 0.0
            pose = self._timeline.at(int(now_ns - lag_ns - delay_ns))
            silent_s = (now_ns - self._arrived_ns) / _NS_PER_S
        if pose is None:
            return None
        if silent_s > _STALE_S and pose.state is TrackingState.TRACKED:
            pose = replace(pose, state=TrackingState.HELD)
        return replace(newest, frame=None, humanoid=pose)
