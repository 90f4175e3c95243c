"""Stages that can be changed while the pipeline runs, each around the real one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from bridge.errors import SourceError
from bridge.pipeline import PoseSolver
from bridge.sinks.base import Sink
from bridge.sources.base import Source, SourceInfo, SourceItem
from bridge.types import ActorPose, Moment, Observation

_PAUSE_POLL_S: Final = 0.05
_RECENT: Final = 30  # about a second


class LiveSolver:
    """A solver that can be exchanged between two poses."""

    def __init__(self, inner: PoseSolver) -> None:
        self.inner = inner

    def solve(self, observation: Observation) -> ActorPose:
        """One step."""
        return self.inner.solve(observation)

    def reset(self) -> None:
        """Forget the past."""
        self.inner.reset()


class Recent(Sink):
    """The observations of the last moment or two, for calibration."""

    def __init__(self) -> None:
        self._observations: deque[Observation] = deque(maxlen=_RECENT)

    def observations(self) -> list[Observation]:
        """Oldest first."""
        return list(self._observations)

    def accept(self, moment: Moment) -> None:
        """Remember what was seen."""
        if moment.observation is not None:
            self._observations.append(moment.observation)

    def close(self) -> None:
        """Forget it."""
        self._observations.clear()


class LiveSource(Source):
    """A source that can be paused and sought from another thread."""

    def __init__(self, inner: Source) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._seek_s: float | None = None
        self._closed = False
        self.paused = False

    @property
    def info(self) -> SourceInfo:
        """The wrapped source's."""
        return self._inner.info

    def read(self) -> SourceItem | None:
        """The next item; waits while paused, except for one item after a seek."""
        while self.paused and not self._closed and self._seek_s is None:
            time.sleep(_PAUSE_POLL_S)
        with self._lock:
            seek_s, self._seek_s = self._seek_s, None
        if seek_s is not None:
            self._inner.seek(seek_s)
        return None if self._closed else self._inner.read()

    def seek(self, time_s: float) -> None:
        """Continue there with the next ``read``. Raises ``SourceError`` for a live source."""
        if self.info.live:
            raise SourceError(f"{self.info.source_id} is live and cannot be sought")
        with self._lock:
            self._seek_s = time_s

    def close(self) -> None:
        """Wake a paused ``read`` and close the wrapped source."""
        self._closed = True
        self._inner.close()


class LiveSink(Sink):
    """A place for a sink that comes and goes: the recording."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inner: Sink | None = None

    def accept(self, moment: Moment) -> None:
        """Hand on, if anyone is there."""
        with self._lock:
            if self._inner is not None:
                self._inner.accept(moment)

    def open(self, make: Callable[[], Sink]) -> None:
        """Put a sink in place, closing the one before."""
        self.close()
        sink = make()
        with self._lock:
            self._inner = sink

    def close(self) -> None:
        """Close and forget the sink."""
        with self._lock:
            sink, self._inner = self._inner, None
        if sink is not None:
            sink.close()
