"""Camera, tracker and face solver for the length of a calibration."""

from __future__ import annotations

from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from bridge.config import Config
from bridge.errors import SourceError
from bridge.solving.face.measure import PlainFace
from bridge.sources.factory import open_source
from bridge.tracking.factory import open_tracker
from bridge.types import ActorPose, Frame, Observation

Array = NDArray[np.float64]


class FaceSession:
    """Measures weights as they are: without calibration, response curves and smoothing."""

    def __init__(self, config: Config) -> None:
        self._source = open_source(config.source.spec, settings=config.source)
        self._tracker = open_tracker(config.tracking)
        self._face = PlainFace(config.solving.face)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tracker.close()
        self._source.close()

    def measure(self, *, pause_s: float, seconds: float, frames_min: int) -> Array:
        """The median weights ``(52,)`` of ``seconds`` after ``pause_s``, in the source's time.

        Raises ``SourceError`` when fewer than ``frames_min`` pictures showed a face.
        """
        begin_ns: int | None = None
        rows: list[Array] = []
        looked = 0
        while (observation := self._next()) is not None:
            time_ns = observation.stamp.capture_time_ns
            if begin_ns is None:
                begin_ns = time_ns
            elapsed_s = (time_ns - begin_ns) * 1e-9
            if elapsed_s >= pause_s + seconds:
                break
            if elapsed_s < pause_s:
                continue
            looked += 1
            weights = self._face.weights(observation)
            if weights is not None:
                rows.append(weights)
        if len(rows) < frames_min:
            raise SourceError(
                f"{self._source.info.source_id}: a face in {len(rows)} of {looked} pictures, "
                f"{frames_min} are needed. Face the camera in good light, or give a longer source"
            )
        return np.median(rows, axis=0)

    def _next(self) -> Observation | None:
        item = self._source.read()
        if item is None:
            return None
        if isinstance(item, Frame):
            return self._tracker.track(item)
        if isinstance(item, ActorPose):
            raise SourceError(
                f"{self._source.info.source_id} holds motion without landmarks. "
                "Use a camera, a video or recorded observations"
            )
        return item
