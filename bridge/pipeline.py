"""Runs the stages: source, tracker, solver, retargeter, sinks.

In real time a capture thread fills a latest-value slot and one worker takes the newest through
the remaining stages. As fast as possible, the same stages run in one loop that drops nothing,
so that the same recording gives the same bytes each time.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from bridge.errors import BridgeError, SinkError
from bridge.metrics import Metrics, Snapshot
from bridge.retarget.settings import RetargetSettings
from bridge.sinks.base import Sink
from bridge.slot import Slot, SlotClosedError
from bridge.sources.base import Source, SourceItem
from bridge.tracking.base import Tracker
from bridge.types import ActorPose, Frame, HumanoidPose, Moment, Observation

log = logging.getLogger(__name__)

# Python's default of 5 ms lets a busy thread double the inference time of its neighbours.
SWITCH_INTERVAL_S: Final = 1e-4
# A stage that fails this often in a row is stuck, not disturbed: its state is thrown away …
FAULTS_BEFORE_RESTART: Final = 20
# … with a growing pause, and after this many restarts without one good moment the run ends.
MAX_RESTARTS: Final = 3
RESTART_PAUSE_S: Final = 0.5
SLOT_WAIT_S: Final = 0.2  # how long a stop request may go unnoticed while no picture comes
JOIN_TIMEOUT_S: Final = 3.0


class PoseSolver(Protocol):
    """From landmarks to SMPL-X (``solving.solver.Solver``)."""

    def solve(self, observation: Observation) -> ActorPose:
        """One step."""
        ...

    def reset(self) -> None:
        """Forget the past."""
        ...


class PoseRetargeter(Protocol):
    """From SMPL-X to an avatar's bones (``retarget.retargeter.Retargeter``)."""

    def retarget(self, actor: ActorPose) -> HumanoidPose:
        """One step."""
        ...

    def apply(self, settings: RetargetSettings) -> None:
        """Use other settings from the next step on; callable from any thread."""
        ...


@dataclass(frozen=True, slots=True)
class Stages:
    """The parts of one pipeline. ``open_tracker`` is called when the first picture comes."""

    source: Source
    open_tracker: Callable[[], Tracker]
    solver: PoseSolver
    retargeter: PoseRetargeter
    sinks: Sequence[Sink]


@dataclass(slots=True)
class Pipeline:
    """Owns its stages: they are closed when ``run`` returns.

    ``paced``: items come at their own time (a camera, or a file played in real time), and a
    late stage drops what it cannot take. Otherwise every item is processed in order.
    """

    stages: Stages
    paced: bool
    metrics: Metrics = field(default_factory=Metrics)
    _stop: threading.Event = field(default_factory=threading.Event)
    _tracker: Tracker | None = None
    _capture_error: BaseException | None = None
    _faults_in_a_row: int = 0
    _sinks: list[Sink] = field(default_factory=list[Sink])

    def stop(self) -> None:
        """Ask ``run`` to finish after the moment in hand; callable from any thread or signal."""
        self._stop.set()

    def run(self, *, max_moments: int | None = None) -> Snapshot:
        """Work until the source ends, ``stop`` is called or ``max_moments`` were processed.

        Raises what ended the work, if a fault did.
        """
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._sinks = list(self.stages.sinks)
        try:
            if self.paced:
                self._run_paced(max_moments)
            else:
                self._run_in_order(max_moments)
        finally:
            self._close()
        if self._capture_error is not None:
            raise self._capture_error
        return self.metrics.snapshot()

    def _run_in_order(self, max_moments: int | None) -> None:
        done = 0
        while not self._stop.is_set() and done != max_moments:
            started_ns = time.perf_counter_ns()
            item = self.stages.source.read()
            if item is None:
                return
            self._process(item, {"capture": time.perf_counter_ns() - started_ns})
            done += 1

    def _run_paced(self, max_moments: int | None) -> None:
        # The first item alone: models load on it, and what a camera gives meanwhile is stale.
        item = self.stages.source.read()
        if item is None or max_moments == 0:
            return
        self._process(item, {})
        slot: Slot[SourceItem] = Slot()
        capture = threading.Thread(target=self._capture, args=(slot,), name="capture", daemon=True)
        capture.start()
        done = 1
        try:
            while not self._stop.is_set() and done != max_moments:
                item = slot.take(timeout_s=SLOT_WAIT_S)
                if item is None:
                    continue
                self._process(item, {})
                self.metrics.set_dropped(slot.replaced)
                done += 1
        except SlotClosedError:
            pass
        finally:
            self._stop.set()
            # A camera that never answers again must not keep the program alive.
            capture.join(JOIN_TIMEOUT_S)

    def _capture(self, slot: Slot[SourceItem]) -> None:
        try:
            while not self._stop.is_set():
                item = self.stages.source.read()
                if item is None:
                    return
                slot.put(item)
        except BaseException as error:
            self._capture_error = error
        finally:
            slot.close()

    def _process(self, item: SourceItem, spent_ns: dict[str, int]) -> None:
        if isinstance(item, Frame) and self._tracker is None:
            self._tracker = self.stages.open_tracker()  # a missing model ends the run at once
        try:
            moment = self._through_stages(item, spent_ns)
        except Exception as error:
            self._recover("stages", error)
            return
        self._faults_in_a_row = 0
        self.metrics.set_slowed(self._tracker.slowed() if self._tracker is not None else None)
        self._deliver(moment, spent_ns)

    def _through_stages(self, item: SourceItem, spent_ns: dict[str, int]) -> Moment:
        frame = observation = None
        clock_ns = time.perf_counter_ns()
        if isinstance(item, Frame):
            assert self._tracker is not None  # opened by the caller
            frame = item
            observation = self._tracker.track(item)
            clock_ns = _lap(spent_ns, "tracking", clock_ns)
        elif isinstance(item, Observation):
            observation = item
        if observation is None:
            assert isinstance(item, ActorPose)
            actor = item
        else:
            actor = self.stages.solver.solve(observation)
            clock_ns = _lap(spent_ns, "solving", clock_ns)
        humanoid = self.stages.retargeter.retarget(actor)
        _lap(spent_ns, "retarget", clock_ns)
        return Moment(item.stamp, frame, observation, actor, humanoid, spent_ns)

    def _deliver(self, moment: Moment, spent_ns: dict[str, int]) -> None:
        clock_ns = time.perf_counter_ns()
        for sink in tuple(self._sinks):
            try:
                sink.accept(moment)
            except SinkError as error:
                self._count("sinks", error)
                self._sinks.remove(sink)
                sink.close()
                if not self._sinks:
                    raise
        _lap(spent_ns, "sinks", clock_ns)
        # Metrics keep the last moment: without its picture, so that no buffer stays alive.
        self.metrics.add_moment(replace(moment, frame=None), paced=self.paced)

    def _recover(self, stage: str, error: Exception) -> None:
        """One bad moment is skipped; a run of them throws the stages' state away, then ends."""
        self._count(stage, error)
        self._faults_in_a_row += 1
        restarts, rest = divmod(self._faults_in_a_row, FAULTS_BEFORE_RESTART)
        if rest:
            return
        if restarts > MAX_RESTARTS:
            raise BridgeError(
                f"{self._faults_in_a_row} moments in a row failed; the last: {error}. "
                "Run with --verbose and report the log"
            ) from error
        self._stop.wait(RESTART_PAUSE_S * restarts)
        self.stages.solver.reset()
        if self._tracker is not None:
            self._tracker.close()
            self._tracker = None

    def _count(self, stage: str, error: Exception) -> None:
        if self.metrics.add_fault(stage, error):
            log.warning("%s: %s (the first; further ones are only counted)", stage, error)
            log.debug("where it happened", exc_info=error)

    def _close(self) -> None:
        self._stop.set()
        for sink in self._sinks:
            sink.close()
        if self._tracker is not None:
            self._tracker.close()
        self.stages.source.close()


def _lap(spent_ns: dict[str, int], stage: str, since_ns: int) -> int:
    now_ns = time.perf_counter_ns()
    spent_ns[stage] = now_ns - since_ns
    return now_ns
