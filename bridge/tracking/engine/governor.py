"""Lowers the rate of hands and face, before that of the body, when time or a budget runs out."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from enum import Enum
from typing import Final

from bridge.tracking.settings import TrackingSettings

_LOG = logging.getLogger(__name__)


class Part(Enum):
    """What can be tracked at a lower rate than the body."""

    FACE = "face"
    HANDS = "hands"


# Every how many pictures face and hands are tracked, from full rate to the least.
_LEVELS: Final[tuple[dict[Part, int], ...]] = (
    {Part.FACE: 1, Part.HANDS: 1},
    {Part.FACE: 2, Part.HANDS: 1},
    {Part.FACE: 2, Part.HANDS: 2},
    {Part.FACE: 3, Part.HANDS: 3},
    {Part.FACE: 6, Part.HANDS: 6},
)
_WINDOW_PICTURES: Final = 30  # a decision a second at 30 fps
_EASE_SHARE: Final = 0.7  # of the budget: below it a step back up is safe from swinging
_EASE_WINDOWS: Final = 3  # calm windows in a row before a step back up


class Governor:
    """Told when each picture begins and ends; says which parts to track in it.

    Two limits, each optional: the time of one picture (``target_fps``) and this process's share
    of all processors (``max_cpu_percent``). Over a limit for a window of pictures: one level
    down. Well below both for three windows: one level up.
    """

    def __init__(
        self,
        settings: TrackingSettings,
        *,
        clock_s: Callable[[], float] = time.perf_counter,
        cpu_clock_s: Callable[[], float] = time.process_time,
        processors: int | None = None,
    ) -> None:
        self._target_fps, self._cpu_percent = settings.target_fps, settings.max_cpu_percent
        self._why = ""
        self._frame_budget_s = 1.0 / settings.target_fps if settings.target_fps > 0 else None
        self._cpu_budget = settings.max_cpu_percent / 100.0 if settings.max_cpu_percent else None
        self._clock_s = clock_s
        self._cpu_clock_s = cpu_clock_s
        self._processors = processors or os.cpu_count() or 1
        self._level = 0
        self._calm_windows = 0
        self._picture = 0
        self._started_s = 0.0
        self._busy_s = 0.0
        self._window_s = clock_s()
        self._window_cpu_s = cpu_clock_s()

    @property
    def level(self) -> int:
        """0: everything at full rate."""
        return self._level

    @property
    def every(self) -> dict[Part, int]:
        """Every how many pictures each part is tracked now."""
        return dict(_LEVELS[self._level])

    def slowed(self) -> str | None:
        """What is tracked less often now, and why; None while all is tracked in each picture."""
        if self._level == 0:
            return None
        rates = ", ".join(f"{part.value} 1/{n}" for part, n in _LEVELS[self._level].items())
        return f"{rates}: {self._why}"

    def begin(self) -> frozenset[Part]:
        """A picture is about to be tracked: the parts to track in it."""
        self._started_s = self._clock_s()
        number, self._picture = self._picture, self._picture + 1
        # Hands and face fall on different pictures, so that no picture bears both.
        offset = {Part.FACE: 0, Part.HANDS: 1}
        return frozenset(
            part
            for part, every in _LEVELS[self._level].items()
            if (number + offset[part]) % every == 0
        )

    def end(self) -> None:
        """The picture has been tracked."""
        now_s = self._clock_s()
        self._busy_s += now_s - self._started_s
        if self._picture % _WINDOW_PICTURES == 0:
            self._decide(now_s)

    def _decide(self, now_s: float) -> None:
        cpu_s = self._cpu_clock_s()
        elapsed_s = max(now_s - self._window_s, 1e-6)
        loads: list[tuple[float, str]] = [(0.0, "")]
        if self._frame_budget_s is not None:
            load = self._busy_s / _WINDOW_PICTURES / self._frame_budget_s
            loads.append((load, f"took {load:.0%} of the time at {self._target_fps:g} fps"))
        if self._cpu_budget is not None:
            share = (cpu_s - self._window_cpu_s) / elapsed_s / self._processors
            why = f"used {share:.0%} of the computer, allowed {self._cpu_percent:g}%"
            loads.append((share / self._cpu_budget, why))
        self._window_s, self._window_cpu_s, self._busy_s = now_s, cpu_s, 0.0
        load, why = max(loads)
        if load > 1.0:
            self._calm_windows = 0
            self._why = why
            self._change(min(self._level + 1, len(_LEVELS) - 1))
        elif load < _EASE_SHARE:
            self._calm_windows += 1
            if self._calm_windows >= _EASE_WINDOWS:
                self._calm_windows = 0
                self._change(max(self._level - 1, 0))
        else:
            self._calm_windows = 0

    def _change(self, level: int) -> None:
        if level == self._level:
            return
        self._level = level
        _LOG.warning("tracking: %s", self.slowed() or "all parts in each picture again")
