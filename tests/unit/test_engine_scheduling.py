"""How the engine shares its threads and its time, with fakes for both."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from bridge.tracking.engine.crew import Crew
from bridge.tracking.engine.governor import Governor, Part
from bridge.tracking.settings import TrackingSettings


def test_crew_does_every_task_on_two_threads() -> None:
    crew = Crew()
    barrier = threading.Barrier(2, timeout=5.0)
    seen: list[int] = []

    def meet(number: int) -> None:
        barrier.wait()  # only passes when two threads work at the same time
        seen.append(number)

    crew.begin([partial(meet, number) for number in range(4)])
    crew.finish()
    assert sorted(seen) == [0, 1, 2, 3]
    crew.begin([])
    crew.finish()
    crew.close()


def test_crew_passes_errors_on_and_lives() -> None:
    crew = Crew()

    def fail() -> None:
        raise ValueError("of a task")

    done: list[int] = []
    crew.begin([fail])
    time.sleep(0.02)
    with pytest.raises(ValueError, match="of a task"):
        crew.finish()
    crew.begin([partial(done.append, 1), partial(done.append, 2)])
    crew.finish()
    assert sorted(done) == [1, 2]
    crew.close()


class Clocks:
    """Wall and processor time that the test moves."""

    def __init__(self) -> None:
        self.wall_s = 100.0
        self.cpu_s = 5.0


def played(governor: Governor, clocks: Clocks, *, pictures: int, cost_s: float) -> list[Part]:
    """Track pictures at 30 fps, each costing wall and processor time; the parts tracked."""
    parts: list[Part] = []
    for _ in range(pictures):
        parts += governor.begin()
        clocks.wall_s += cost_s
        clocks.cpu_s += 2.0 * cost_s
        governor.end()
        clocks.wall_s += max(0.0, 1 / 30 - cost_s)
    return parts


def make(clocks: Clocks, **settings: float) -> Governor:
    return Governor(
        TrackingSettings.model_validate(settings),
        clock_s=lambda: clocks.wall_s,
        cpu_clock_s=lambda: clocks.cpu_s,
        processors=4,
    )


def test_without_a_budget_everything_is_tracked() -> None:
    clocks = Clocks()
    governor = make(clocks)
    parts = played(governor, clocks, pictures=120, cost_s=0.2)
    assert parts.count(Part.FACE) == parts.count(Part.HANDS) == 120
    assert governor.level == 0


def test_slow_computer_lowers_face_and_hands_then_recovers() -> None:
    clocks = Clocks()
    governor = make(clocks, target_fps=30.0)
    assert governor.slowed() is None
    played(governor, clocks, pictures=60, cost_s=0.05)
    assert governor.level == 2
    assert governor.slowed() == "face 1/2, hands 1/2: took 150% of the time at 30 fps"
    parts = played(governor, clocks, pictures=20, cost_s=0.03)
    assert parts.count(Part.FACE) == parts.count(Part.HANDS) == 10
    played(governor, clocks, pictures=400, cost_s=0.01)
    assert governor.level == 0
    assert governor.slowed() is None


def test_processor_budget() -> None:
    clocks = Clocks()
    governor = make(clocks, max_cpu_percent=20.0)
    played(governor, clocks, pictures=35, cost_s=0.02)  # 2 × 0.6 of 4 processors: 30 %
    assert governor.level == 1
    assert "30% of the computer, allowed 20%" in (governor.slowed() or "")
    level = governor.level
    played(governor, clocks, pictures=90, cost_s=0.011)  # 17 %: kept, neither up nor down
    assert governor.level == level
