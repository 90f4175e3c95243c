"""What every tracker promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bridge.types import Frame, Observation


class Tracker(ABC):
    """Finds one performer in a stream of pictures; keeps state from one to the next."""

    @abstractmethod
    def track(self, frame: Frame) -> Observation:
        """Landmarks in ``frame``: MediaPipe layouts, camera axes, the performer's own sides.

        Body: mid-hip origin, metric. Hands: wrist origin, metric. Face: metric, origin between
        the eyes. ``pixels`` belong to ``frame.image_rgb``. Never raises for any picture.
        """

    def slowed(self) -> str | None:
        """Which parts are looked for less often than in each picture, and why; None: none."""
        return None

    @abstractmethod
    def reset(self) -> None:
        """Forget the previous pictures (after a seek or a change of source)."""

    @abstractmethod
    def close(self) -> None:
        """Free the models; may be called twice."""
