"""Plays a recording: landmarks if it has them, else the solved motion."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from bridge.errors import FormatError
from bridge.recording.messages import Recorded
from bridge.recording.reader import RecordingFile
from bridge.recording.schemas import ACTOR_TOPIC, OBSERVATION_TOPIC
from bridge.sources.base import Source, SourceInfo
from bridge.types import ActorPose, Observation, Stamp

_LOG = logging.getLogger(__name__)

_PREFERENCE: Final = {
    "auto": (OBSERVATION_TOPIC, ACTOR_TOPIC),
    "observation": (OBSERVATION_TOPIC,),
    "actor": (ACTOR_TOPIC,),
}
_LONE_ITEM_NS: Final = 33_333_333  # how long a recording of one item lasts when it is looped


class RecordingSource(Source):
    """Items of an MCAP recording, stamped with the time since its first one.

    ``level``: ``observation`` solves again, ``actor`` plays the motion as it was solved. ``loop``
    starts again at the end, with time going on. A file that was cut is played up to the cut, with
    a warning. Raises ``FormatError`` for a file that is no recording or holds nothing to play.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        loop: bool = False,
        level: Literal["auto", "observation", "actor"] = "auto",
    ) -> None:
        self._file = RecordingFile(Path(path))
        self._loop = loop
        found = [t for t in _PREFERENCE[level] if self._file.times_ns(t)]
        if not found:
            self._file.close()
            cut = f": {self._file.damage}" if self._file.damage else ""
            raise FormatError(f"{path} holds no {' or '.join(_PREFERENCE[level])} to play{cut}")
        self._topic = found[0]
        times_ns = self._file.times_ns(self._topic)
        self._first_time_ns = times_ns[0]
        self._times_ns = [t - times_ns[0] for t in times_ns]
        steps_ns = np.diff(self._times_ns)
        self._step_ns = round(float(np.median(steps_ns))) if steps_ns.size else _LONE_ITEM_NS
        if self._file.damage:
            _LOG.warning(
                "%s was cut short (%s), probably because its recorder was stopped hard; "
                "playing the %.1f s before the cut",
                path, self._file.damage, self._times_ns[-1] * 1e-9,
            )  # fmt: skip
        self._info = SourceInfo(
            source_id=f"recording:{Path(path).name}",
            live=False,
            fps=_constant_rate(np.array(self._times_ns)),
            length=len(self._times_ns),
            lasting_s=(self._times_ns[-1] + self._step_ns) * 1e-9,
        )
        self._round_start_ns = 0
        self._sequence = 0
        self._items: Iterator[Recorded] = self._file.read(self._topic)
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """``fps`` only where the recording is evenly spaced."""
        return self._info

    def read(self) -> Observation | ActorPose | None:
        """The next item; None at the end."""
        if self._closed:
            return None
        item = next(self._items, None)
        if item is None and self._loop:
            self._round_start_ns += self._times_ns[-1] + max(self._step_ns, 1)
            self._items = self._file.read(self._topic)
            item = next(self._items, None)
        if not isinstance(item, Observation | ActorPose):
            return None
        media_ns = max(0, item.stamp.capture_time_ns - self._first_time_ns) + self._round_start_ns
        stamp = Stamp(self._sequence, media_ns, self._info.source_id)
        self._sequence += 1
        return replace(item, stamp=stamp)

    def seek(self, time_s: float) -> None:
        """Continue with the first item at or after ``time_s``; behind the end, the last one."""
        index = bisect_left(self._times_ns, round(max(0.0, time_s) * 1e9))
        index = min(index, len(self._times_ns) - 1)
        self._items = self._file.read(self._topic, start=index)
        self._sequence = index
        self._round_start_ns = 0

    def close(self) -> None:
        """May be called twice."""
        self._closed = True
        self._file.close()


def _constant_rate(times_ns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float | None:
    """Frames per second, or None where an item is half a step or more off an even grid."""
    if times_ns.size < 2 or times_ns[-1] <= times_ns[0]:
        return None
    step_ns = float(times_ns[-1] - times_ns[0]) / (times_ns.size - 1)
    even_ns = np.arange(times_ns.size) * step_ns
    if float(np.abs(times_ns - times_ns[0] - even_ns).max()) >= 0.5 * step_ns:
        return None
    return 1e9 / step_ns
