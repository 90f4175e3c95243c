"""The daemon's chain on one side, the C# receiver under mono on the other, and what it printed."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bridge import geometry
from bridge.pipeline import Pipeline, Stages
from bridge.resources import demo_recording
from bridge.retarget.retargeter import Retargeter
from bridge.retarget.settings import RetargetSettings
from bridge.sinks.base import Sink
from bridge.sinks.settings import Receiver, VmcSettings
from bridge.sinks.vmc import VmcSink
from bridge.skeleton import HumanBone
from bridge.solving.settings import SolvingSettings
from bridge.solving.solver import Solver
from bridge.sources.recording import RecordingSource
from bridge.tracking.base import Tracker
from bridge.types import HumanoidPose, Moment

BONES = len(HumanBone)
SHOWN_TIMEOUT_S = 10.0  # for one frame; mono compiles at the first, and machines are shared


class Screen:
    """What the receiver printed so far; lets the sender wait until a frame was shown."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines: list[str] = []
        self._datagrams = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self._thread.start()

    def _read(self, lines: Iterable[str]) -> None:
        for line in lines:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                if line.startswith("frame "):
                    self._datagrams = int(line.split(maxsplit=2)[1])
                self._changed.notify_all()

    def wait_for(self, ready: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(ready, SHOWN_TIMEOUT_S), self.lines[-1][:80]

    def wait_for_datagrams(self, count: int) -> None:
        """Until a frame is shown that is made of this many datagrams and all before."""
        try:
            self.wait_for(lambda: self._datagrams >= count)
        except AssertionError as error:
            raise AssertionError(f"{self._datagrams} of {count} datagrams were shown") from error

    def join(self) -> None:
        self._thread.join(SHOWN_TIMEOUT_S)


@dataclass
class Collector(Sink):
    """Keeps what was sent, and after each frame does what the test wants."""

    after: Callable[[], None] = lambda: None
    poses: list[tuple[float, HumanoidPose]] = field(default_factory=list)
    origin_ns: int | None = None

    def accept(self, moment: Moment) -> None:
        assert moment.humanoid is not None
        now_ns = moment.stamp.capture_time_ns
        self.origin_ns = now_ns if self.origin_ns is None else self.origin_ns
        self.poses.append(((now_ns - self.origin_ns) * 1e-9, moment.humanoid))
        self.after()

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Shown:
    """One frame as the C# side had it; ``clock``: datagrams so far, or seconds if simulated."""

    clock: float
    time_s: float
    hips_m: np.ndarray
    rotations_xyzw: np.ndarray
    weights: dict[str, float]


@dataclass
class Session:
    sent: list[tuple[float, HumanoidPose]]
    shown: list[Shown]
    joints: dict[float, dict[str, np.ndarray]]
    events: list[str]
    status: dict[str, str]


def parse(lines: list[str]) -> tuple[list[Shown], dict, list[str], dict[str, str]]:
    shown: list[Shown] = []
    joints: dict[float, dict[str, np.ndarray]] = {}
    events: list[str] = []
    status: dict[str, str] = {}
    for line in lines:
        kind, _, rest = line.partition(" ")
        words = rest.split()
        if kind == "frame":
            numbers = np.array(words[: 5 + 4 * BONES], dtype=np.float64)
            weights = dict(word.split("=") for word in words[5 + 4 * BONES :])
            shown.append(
                Shown(
                    float(numbers[0]),
                    float(numbers[1]),
                    numbers[2:5],
                    numbers[5:].reshape(BONES, 4),
                    {name: float(value) for name, value in weights.items()},
                )
            )
        elif kind == "joints":
            names = words[1::4]
            places = np.array([w for i, w in enumerate(words[1:]) if i % 4], dtype=np.float64)
            joints[float(words[0])] = dict(zip(names, places.reshape(-1, 3), strict=True))
        elif kind == "event":
            events.append(rest)
        elif kind == "status":
            head, _, fault = rest.partition(" fault=")
            status = dict(word.split("=", 1) for word in head.split())
            status["fault"] = fault
    return shown, joints, events, status


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def no_tracker() -> Tracker:
    raise AssertionError("a recording of landmarks needs no tracker")


def play(sink: VmcSink, after: Callable[[], None], *, frames: int | None = None) -> Collector:
    collector = Collector(after)
    stages = Stages(
        source=RecordingSource(demo_recording()),
        open_tracker=no_tracker,
        solver=Solver(SolvingSettings()),
        retargeter=Retargeter(RetargetSettings()),
        sinks=[sink, collector],
    )
    Pipeline(stages, paced=False).run(max_moments=frames)
    return collector


def sink_to(port: int) -> VmcSink:
    return VmcSink(VmcSettings(address=f"127.0.0.1:{port}", receiver=Receiver.UNITY))


@contextmanager
def receiver(harness: Path, port: int, mode: str) -> Iterator[Screen]:
    """The C# receiver in a process of its own, until the block ends."""
    process = subprocess.Popen(
        ["mono", str(harness), "receive", str(port), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        screen = Screen(process.stdout)
        screen.wait_for(lambda: "ready" in screen.lines)
        yield screen
        process.stdin.close()
        assert process.wait(timeout=60) == 0, process.stderr.read()
        screen.join()
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()


def unity_rotations(pose: HumanoidPose) -> np.ndarray:
    return geometry.unity_from_world_rotation(pose.rotations_xyzw.astype(np.float64))


def angles_deg(a_xyzw: np.ndarray, b_xyzw: np.ndarray) -> np.ndarray:
    return np.degrees(geometry.angle_between(a_xyzw, b_xyzw))


def nearest_sent(session: Session, time_s: float) -> HumanoidPose:
    times = np.array([t for t, _ in session.sent])
    index = int(np.argmin(np.abs(times - time_s)))
    assert abs(times[index] - time_s) < 1e-4, "a time that was never sent"
    return session.sent[index][1]
