"""Stages that can be changed while the pipeline runs, each around the real one."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bridge.errors import SourceError
from bridge.pipeline import PoseRetargeter, PoseSolver
from bridge.retarget.settings import RetargetSettings
from bridge.server.messages import Timeline
from bridge.sinks.base import Sink
from bridge.sources.base import Source, SourceInfo, SourceItem
from bridge.sources.pacing import PacedSource
from bridge.types import ActorPose, HumanoidPose, Moment, Observation

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


class LiveRetargeter:
    """A retargeter whose expressions can be held at a value."""

    def __init__(self, inner: PoseRetargeter) -> None:
        self.inner = inner
        self.held: Mapping[str, float] = {}  # replaced as a whole, never changed

    def retarget(self, actor: ActorPose) -> HumanoidPose:
        """One step."""
        pose, held = self.inner.retarget(actor), self.held
        return replace(pose, expressions={**pose.expressions, **held}) if held else pose

    def apply(self, settings: RetargetSettings) -> None:
        """Use other settings from the next step on."""
        self.inner.apply(settings)


class Lasting(Sink):
    """A sink that outlives the pipelines it is part of."""

    def __init__(self, inner: Sink) -> None:
        self._inner = inner

    def accept(self, moment: Moment) -> None:
        """Hand on."""
        self._inner.accept(moment)

    def close(self) -> None:
        """Stay open: whoever made the inner sink closes it."""


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
        self._position_s = 0.0
        self.paused = False

    @property
    def info(self) -> SourceInfo:
        """The wrapped source's."""
        return self._inner.info

    def timeline(self) -> Timeline | None:
        """Where a file has come to; None for a live source."""
        if self.info.live:
            return None
        position_s, duration_s = self._position_s, self.info.duration_s
        if duration_s:
            position_s %= duration_s  # repeated files go on counting
        return Timeline(position_s=position_s, duration_s=duration_s, paused=self.paused)

    def read(self) -> SourceItem | None:
        """The next item; waits while paused, except for one item after a seek."""
        while self.paused and not self._closed and self._seek_s is None:
            time.sleep(_PAUSE_POLL_S)
        with self._lock:
            seek_s, self._seek_s = self._seek_s, None
        if seek_s is not None:
            self._inner.seek(seek_s)
        item = None if self._closed else self._inner.read()
        if isinstance(self._inner, PacedSource):
            self._position_s = self._inner.media_time_s
        elif item is not None:
            self._position_s = item.stamp.capture_time_ns * 1e-9
        return item

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


class LiveSinks(Sink):
    """A place for sinks that come and go between two poses: the recording, the receivers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inner: Sequence[Sink] = ()

    def accept(self, moment: Moment) -> None:
        """Hand on to whoever is there."""
        with self._lock:
            for sink in self._inner:
                sink.accept(moment)

    def put(self, sinks: Sequence[Sink]) -> None:
        """Put open sinks in place, then close those before."""
        with self._lock:
            before, self._inner = self._inner, sinks
        for sink in before:
            sink.close()

    def close(self) -> None:
        """Close and forget them."""
        self.put(())
