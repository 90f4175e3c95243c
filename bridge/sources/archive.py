"""Plays ``.npz`` files: AMASS motion, or an archive of observations."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

from bridge.errors import FormatError
from bridge.sources.base import Source, SourceInfo
from bridge.sources.motion_archive import MotionArchive
from bridge.sources.npz import NpzFile
from bridge.sources.observation_archive import ObservationArchive
from bridge.types import DEFAULT_VERTICAL_FOV_DEG, ActorPose, Observation, Stamp


class ArchiveSource(Source):
    """Every frame of one file, in media time.

    A file with ``poses`` or ``root_orient`` gives ``ActorPose``, one with ``body_positions_m``
    gives ``Observation``. Raises ``SourceError`` and ``FormatError`` as ``NpzFile`` does.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        loop: bool = False,
        vertical_fov_deg: float = DEFAULT_VERTICAL_FOV_DEG,
    ) -> None:
        file = NpzFile(Path(path))
        self._frames: MotionArchive | ObservationArchive
        if file.has("poses") or file.has("root_orient"):
            self._frames = MotionArchive(file)
        elif file.has("body_positions_m"):
            self._frames = ObservationArchive(file, vertical_fov_deg=vertical_fov_deg)
        else:
            raise FormatError(
                f"{path} holds neither AMASS motion ('poses') nor observations "
                f"('body_positions_m'); found {', '.join(file.keys) or 'nothing'}"
            )
        self._loop = loop
        self._next = 0
        self._sequence = 0
        self._round_start_ns = 0
        self._closed = False
        size_px = self._frames.size_px if isinstance(self._frames, ObservationArchive) else None
        self._info = SourceInfo(
            source_id=f"archive:{Path(path).name}",
            live=False,
            fps=self._frames.fps,
            size_px=size_px,
            length=self._frames.count,
        )

    @property
    def info(self) -> SourceInfo:
        """``fps`` as the file declares it."""
        return self._info

    def read(self) -> Observation | ActorPose | None:
        """The next frame; None at the end."""
        if self._closed:
            return None
        if self._next >= self._frames.count:
            if not self._loop:
                return None
            self._next = 0
            self._round_start_ns += int(self._frames.times_ns[-1]) + round(1e9 / self._frames.fps)
        media_ns = int(self._frames.times_ns[self._next]) + self._round_start_ns
        stamp = Stamp(self._sequence, media_ns, self._info.source_id)
        item = self._frames.item(self._next, stamp)
        self._next += 1
        self._sequence += 1
        return item

    def seek(self, time_s: float) -> None:
        """Continue with the first frame at or after ``time_s``; behind the end, the last one."""
        index = bisect_left(self._frames.times_ns, round(max(0.0, time_s) * 1e9))
        self._next = self._sequence = min(index, self._frames.count - 1)
        self._round_start_ns = 0

    def close(self) -> None:
        """Nothing is held open."""
        self._closed = True
