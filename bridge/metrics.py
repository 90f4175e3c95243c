"""What the pipeline measures of itself: rates, stage times, age of poses, drops, faults."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridge.types import Moment, TrackingState

WINDOW: Final = 300  # moments that medians are taken over: ten seconds at 30 fps
NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True)
class StageTime:
    """Milliseconds over the window."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent look at the running pipeline."""

    source_id: str
    moments: int  # delivered to the sinks since the start
    fps: float  # over the window
    dropped: int  # captured and never processed, because something newer had come
    faults: int  # moments that failed in a stage and were skipped
    age_ms: StageTime  # capture to sent; zero-based only for live and paced sources
    stages: Mapping[str, StageTime]
    state: TrackingState | None
    parts: Mapping[str, float]  # mean confidence by part: body, left hand, right hand, face
    last_fault: str | None
    slowed: str | None  # which parts the tracker looks for less often now, and why


class Metrics:
    """Fed by the pipeline's threads, read by the status line and the server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._finished_ns: deque[int] = deque(maxlen=WINDOW)
        self._age_ns: deque[int] = deque(maxlen=WINDOW)
        self._stage_ns: dict[str, deque[int]] = {}
        self._moments = 0
        self._dropped = 0
        self._faults: Counter[str] = Counter()
        self._last: Moment | None = None
        self._last_fault: str | None = None
        self._slowed: str | None = None

    def add_moment(self, moment: Moment, *, paced: bool) -> None:
        """A moment has been handed to every sink."""
        now_ns = time.monotonic_ns()
        with self._lock:
            self._moments += 1
            self._finished_ns.append(now_ns)
            if paced:
                self._age_ns.append(now_ns - moment.stamp.capture_time_ns)
            for stage, spent_ns in moment.stage_ns.items():
                self._stage_ns.setdefault(stage, deque(maxlen=WINDOW)).append(spent_ns)
            self._last = moment

    def set_dropped(self, count: int) -> None:
        """The running total of captured items that were replaced before processing."""
        with self._lock:
            self._dropped = count

    def set_slowed(self, what: str | None) -> None:
        """As ``Tracker.slowed`` tells."""
        with self._lock:
            self._slowed = what

    def add_fault(self, stage: str, error: BaseException) -> bool:
        """Count a failed moment; True the first time this stage fails, so that it is logged."""
        with self._lock:
            self._faults[stage] += 1
            self._last_fault = f"{stage}: {error}"
            return self._faults[stage] == 1

    def snapshot(self) -> Snapshot:
        """A copy that no thread changes any more."""
        with self._lock:
            last = self._last
            span_ns = self._finished_ns[-1] - self._finished_ns[0] if self._finished_ns else 0
            return Snapshot(
                source_id=last.stamp.source_id if last else "",
                moments=self._moments,
                fps=(len(self._finished_ns) - 1) * 1e9 / span_ns if span_ns else 0.0,
                dropped=self._dropped,
                faults=sum(self._faults.values()),
                age_ms=_stage_time(self._age_ns),
                stages={name: _stage_time(spent) for name, spent in self._stage_ns.items()},
                state=last.humanoid.state if last and last.humanoid else None,
                parts=_parts(last),
                last_fault=self._last_fault,
                slowed=self._slowed,
            )


def _stage_time(spent_ns: deque[int]) -> StageTime:
    if not spent_ns:
        return StageTime(0.0, 0.0)
    p50, p95 = np.percentile(np.fromiter(spent_ns, np.float64), (50, 95)) / NS_PER_MS
    return StageTime(float(p50), float(p95))


def _parts(moment: Moment | None) -> dict[str, float]:
    if moment is None or moment.observation is None:
        return {}
    seen = moment.observation
    parts = {
        "body": seen.body,
        "left hand": seen.left_hand,
        "right hand": seen.right_hand,
        "face": seen.face,
    }
    return {
        name: float(part.confidence.mean()) if part is not None else 0.0
        for name, part in parts.items()
    }
