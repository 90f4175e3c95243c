"""Sends avatars to VMC receivers (VSeeFace, Warudo, Unity, …) over UDP."""

from __future__ import annotations

import time
from typing import Final

from bridge.sinks.base import Sink
from bridge.sinks.presets import dialect_of
from bridge.sinks.settings import VmcSettings
from bridge.sinks.udp import SendCounters, UdpSender
from bridge.sinks.vmc_frame import FrameTimes, VmcEncoder
from bridge.types import AvatarRest, Moment, Stamp

_NS_PER_S: Final = 1e9
_NS_PER_MS: Final = 1_000_000
# A cap of 60 fps must not halve a stream of 60 fps that arrives a little early now and then.
_EARLY_SHARE: Final = 0.25
_INFERENCE_STAGES: Final = ("tracking", "solving")


class VmcSink(Sink):
    """One receiver.

    Raises ``SinkError`` when the address cannot be used. ``rest``: the avatar's rest pose, for
    receivers that want its positions or raw rotations.
    """

    def __init__(self, settings: VmcSettings, *, rest: AvatarRest | None = None) -> None:
        self._dialect = dialect_of(settings)
        self._encoder = VmcEncoder(self._dialect, rest=rest)
        self._sender = UdpSender(settings.address)
        self._clock = _StreamClock()
        self._due_ns: float | None = None
        self._address = settings.address

    @property
    def address(self) -> str:
        """Where it sends, as the user gave it."""
        return self._address

    @property
    def counters(self) -> SendCounters:
        """What was sent, dropped and refused since the start."""
        return self._sender.counters

    @property
    def receiver_absent(self) -> bool:
        """Whether the receiving machine says that nobody listens; False also when unknown."""
        return self._sender.refused_recently

    def accept(self, moment: Moment) -> None:
        """Send the avatar's pose; a moment without one is passed over."""
        pose = moment.humanoid
        if pose is None or self._too_soon(pose.stamp):
            return
        times = _frame_times(moment) if self._dialect.timings else None
        time_s = self._clock.seconds(pose.stamp)
        self._sender.send(self._encoder.encode(pose, time_s=time_s, times=times))

    def close(self) -> None:
        """Close the socket; receivers hold the last pose."""
        self._sender.close()

    def _too_soon(self, stamp: Stamp) -> bool:
        if self._dialect.max_rate_hz is None:
            return False
        interval_ns = _NS_PER_S / self._dialect.max_rate_hz
        now_ns = stamp.capture_time_ns
        due_ns = self._due_ns
        # A due time more than an interval ahead belongs to a stream that has started again.
        if due_ns is None or due_ns - now_ns > interval_ns:
            due_ns = float(now_ns)
        elif now_ns < due_ns - _EARLY_SHARE * interval_ns:
            return True
        self._due_ns = max(due_ns, now_ns - interval_ns) + interval_ns
        return False


class _StreamClock:
    """Seconds since the first stamp; goes on forwards when a recording starts again."""

    def __init__(self) -> None:
        self._origin_ns: int | None = None
        self._last_ns = 0
        self._step_ns = 0

    def seconds(self, stamp: Stamp) -> float:
        now_ns = stamp.capture_time_ns
        if self._origin_ns is None:
            self._origin_ns = now_ns
        elif now_ns < self._last_ns:
            self._origin_ns -= self._last_ns + self._step_ns - now_ns
        else:
            self._step_ns = now_ns - self._last_ns
        self._last_ns = now_ns
        return (now_ns - self._origin_ns) / _NS_PER_S


def _frame_times(moment: Moment) -> FrameTimes:
    send_unix_ms = time.time_ns() // _NS_PER_MS
    age_ms = (time.monotonic_ns() - moment.stamp.capture_time_ns) // _NS_PER_MS
    spent_ns = sum(moment.stage_ns.get(stage, 0) for stage in _INFERENCE_STAGES)
    return FrameTimes(send_unix_ms - age_ms, spent_ns / _NS_PER_MS, send_unix_ms)
