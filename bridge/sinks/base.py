"""What every sink promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bridge.types import Moment


class Sink(ABC):
    """Takes each moment once, in order, on the pipeline's thread: it must not block."""

    @abstractmethod
    def accept(self, moment: Moment) -> None:
        """Send, store or show; a fault of one moment is counted, never raised.

        Raises ``SinkError`` only when nothing more can be delivered at all.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish what was begun; may be called twice."""
