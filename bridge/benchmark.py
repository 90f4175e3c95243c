"""What ``avatar-bridge bench`` measures: trackers side by side, the whole chain in real time."""

from __future__ import annotations

import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import psutil

from bridge.assembly import assemble
from bridge.config import Config
from bridge.errors import SourceError
from bridge.metrics import StageTime
from bridge.pipeline import SWITCH_INTERVAL_S
from bridge.sources.factory import open_source
from bridge.tracking.base import Tracker
from bridge.tracking.factory import open_tracker
from bridge.types import Frame, Observation

Backend = Literal["engine", "mediapipe"]
PARTS: Final = ("body", "left_hand", "right_hand", "face")
REALTIME_FPS: Final = 30.0

_WARM_UP_FRAMES: Final = 5  # the first pictures compile kernels and find the performer
_MS_PER_S: Final = 1e3
_BYTES_PER_MIB: Final = 2**20
_RECEIVE_BUFFER_BYTES: Final = 2**16


@dataclass(frozen=True, slots=True)
class ModelCost:
    """One model of the engine: mean time of a run and how often it runs."""

    name: str
    run_ms: float
    runs_per_frame: float


@dataclass(frozen=True, slots=True)
class BackendCost:
    """One tracker over the frames; ``found`` counts the frames in which each part was seen."""

    backend: Backend
    start_ms: float
    memory_mib: float
    frame_p50_ms: float
    frame_p90_ms: float
    frame_mean_ms: float
    cpu_ms: float
    found: dict[str, int]
    models: tuple[ModelCost, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainCost:
    """The whole chain at ``fps``: age from capture to sent, stage times, what was dropped."""

    fps: float
    moments: int
    dropped: int
    packets: int
    age: StageTime
    stages: dict[str, StageTime]
    memory_start_mib: float
    memory_end_mib: float


@dataclass(slots=True)
class _Running:
    backend: Backend
    tracker: Tracker
    start_ms: float
    memory_mib: float
    wall_s: list[float] = field(default_factory=list[float])
    cpu_s: list[float] = field(default_factory=list[float])
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))


def read_frames(config: Config, *, count: int) -> list[Frame]:
    """The first ``count`` pictures of the source. Raises ``SourceError``."""
    with open_source(config.source.spec, settings=config.source) as source:
        frames: list[Frame] = []
        while len(frames) < count and (item := source.read()) is not None:
            if not isinstance(item, Frame):
                raise SourceError(
                    f"{config.source.spec} holds no pictures; bench needs a camera or video"
                )
            frames.append(item)
    if len(frames) <= _WARM_UP_FRAMES:
        raise SourceError(
            f"{config.source.spec} gave {len(frames)} pictures; bench needs more than "
            f"{_WARM_UP_FRAMES}"
        )
    return frames


def compare_trackers(
    config: Config, frames: Sequence[Frame], *, backends: Sequence[Backend]
) -> tuple[BackendCost, ...]:
    """Each frame through each tracker in turn, so that all meet the same load of the computer."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    running = [_start(config, backend) for backend in backends]
    try:
        for number, frame in enumerate(frames):
            for one in running:
                _step(one, frame, measured=number >= _WARM_UP_FRAMES)
        return tuple(_cost(one) for one in running)
    finally:
        for one in running:
            one.tracker.close()


def run_chain(config: Config, *, seconds: float) -> ChainCost:
    """The source at 30 fps through every stage to a socket of our own. Raises ``BridgeError``."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.setblocking(False)
    target = f"127.0.0.1:{receiver.getsockname()[1]}"
    config = config.model_copy(
        update={
            "source": config.source.model_copy(update={"loop": True}),
            "vmc": config.vmc.model_copy(update={"address": target}),
            "receivers": (),
            "output": config.output.model_copy(update={"rate_hz": None}),
        }
    )
    with open_source(config.source.spec, settings=config.source) as probe:
        speed = REALTIME_FPS / (probe.info.fps or REALTIME_FPS)
    pipeline = assemble(config, speed=speed)
    try:
        # The first moments load the models; what is measured is the steady state after them.
        memory_start_mib = _memory_mib()
        snapshot = pipeline.run(max_moments=max(1, round(seconds * REALTIME_FPS)))
        return ChainCost(
            fps=snapshot.fps,
            moments=snapshot.moments,
            dropped=snapshot.dropped,
            packets=_drain(receiver),
            age=snapshot.age_ms,
            stages=dict(snapshot.stages),
            memory_start_mib=memory_start_mib,
            memory_end_mib=_memory_mib(),
        )
    finally:
        receiver.close()


def _start(config: Config, backend: Backend) -> _Running:
    before_mib, started_s = _memory_mib(), time.perf_counter()
    tracker = open_tracker(config.tracking.model_copy(update={"backend": backend}))
    start_ms = (time.perf_counter() - started_s) * _MS_PER_S
    return _Running(backend, tracker, start_ms, _memory_mib() - before_mib)


def _step(one: _Running, frame: Frame, *, measured: bool) -> None:
    # Just written, as a camera gives it; else the first tracker would warm the cache for the next.
    frame = replace(frame, image_rgb=frame.image_rgb.copy())
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    seen = one.tracker.track(frame)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    _count(one.found, seen)
    if measured:
        one.wall_s.append(wall_s)
        one.cpu_s.append(cpu_s)


def _count(found: dict[str, int], seen: Observation) -> None:
    for part in PARTS:
        found[part] += getattr(seen, part) is not None


def _cost(one: _Running) -> BackendCost:
    wall_ms = np.array(one.wall_s) * _MS_PER_S
    frames = len(one.wall_s) + _WARM_UP_FRAMES
    return BackendCost(
        backend=one.backend,
        start_ms=one.start_ms,
        memory_mib=one.memory_mib,
        frame_p50_ms=float(np.percentile(wall_ms, 50)),
        frame_p90_ms=float(np.percentile(wall_ms, 90)),
        frame_mean_ms=float(wall_ms.mean()),
        cpu_ms=float(np.mean(one.cpu_s)) * _MS_PER_S,
        found=one.found,
        models=_model_costs(one.tracker, frames),
    )


def _model_costs(tracker: Tracker, frames: int) -> tuple[ModelCost, ...]:
    """Only the engine counts its models' time."""
    from bridge.tracking.engine.engine import EngineTracker

    if not isinstance(tracker, EngineTracker):
        return ()
    runs: Counter[str] = Counter()
    busy_ns: Counter[str] = Counter()
    for network in tracker.networks():  # both hands' networks bear the same label
        runs[network.label] += network.runs
        busy_ns[network.label] += network.busy_ns
    return tuple(
        ModelCost(label, busy_ns[label] * 1e-6 / count, count / frames)
        for label, count in runs.items()
        if count
    )


def _drain(receiver: socket.socket) -> int:
    """How many datagrams wait: enough to see that the chain sends, not a count of all sent."""
    count = 0
    while True:
        try:
            receiver.recv(_RECEIVE_BUFFER_BYTES)
        except BlockingIOError:
            return count
        count += 1


def _memory_mib() -> float:
    return psutil.Process().memory_info().rss / _BYTES_PER_MIB
