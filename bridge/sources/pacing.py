"""Plays a file in real time, as a camera would have given it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bridge.sources.base import Source, SourceInfo, SourceItem

_RESTART_WHEN_LATE_NS: Final = 500_000_000  # the computer slept, or decoding is too slow


class PacedSource(Source):
    """Wraps a file source: each item is held until it is due.

    ``capture_time_ns`` becomes the monotonic time at which the item was due, so that latency is
    measured as with a camera. Late items are not dropped here (slots do that); after a pause of
    more than half a second the clock starts afresh instead of racing to catch up. ``speed`` 2
    plays twice as fast. Live sources must not be wrapped.
    """

    def __init__(
        self,
        inner: Source,
        *,
        speed: float = 1.0,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        wait_s: Callable[[float], object] | None = None,
    ) -> None:
        self._inner = inner
        self._speed = speed
        self._clock_ns = clock_ns
        self._closed = threading.Event()
        self._wait_s = wait_s or self._closed.wait  # a wait that close() interrupts
        self._origin_ns: int | None = None  # monotonic time of media time 0
        self.media_time_s = 0.0  # of the last item; goes on counting when the file is repeated

    @property
    def info(self) -> SourceInfo:
        """The wrapped source's."""
        return self._inner.info

    def read(self) -> SourceItem | None:
        """The next item, at the time it is due; None at the end."""
        item = self._inner.read()
        if item is None:
            return None
        self.media_time_s = item.stamp.capture_time_ns * 1e-9
        media_ns = round(item.stamp.capture_time_ns / self._speed)
        now_ns = self._clock_ns()
        if self._origin_ns is None or now_ns - self._origin_ns - media_ns > _RESTART_WHEN_LATE_NS:
            self._origin_ns = now_ns - media_ns
        due_ns = self._origin_ns + media_ns
        if due_ns > now_ns:
            self._wait_s((due_ns - now_ns) * 1e-9)
        if self._closed.is_set():
            return None
        return replace(item, stamp=replace(item.stamp, capture_time_ns=due_ns))

    def seek(self, time_s: float) -> None:
        """Continue at ``time_s`` at once."""
        self._inner.seek(time_s)
        self._origin_ns = None

    def close(self) -> None:
        """Wake a waiting ``read`` and close the wrapped source."""
        self._closed.set()
        self._inner.close()
