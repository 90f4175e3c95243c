"""Keeps the newest pose for whoever shows it; nobody can make the pipeline wait."""

from __future__ import annotations

from collections.abc import Callable

from bridge.sinks.base import Sink
from bridge.sinks.preview_frame import encode_frame
from bridge.types import Moment


class PreviewSink(Sink):
    """Written by the pipeline's thread, read by the server's.

    ``frame``: the newest pose, encoded; ``moment``: the newest moment, kept with its picture only
    while ``keep_picture`` is set. Both are replaced as a whole, so a reader needs no lock.
    """

    def __init__(self) -> None:
        self.frame: bytes | None = None
        self.moment: Moment | None = None
        self.keep_picture = False
        self._on_frame: Callable[[], None] | None = None

    def subscribe(self, on_frame: Callable[[], None] | None) -> None:
        """Call ``on_frame`` after each new pose, on the pipeline's thread; None ends it."""
        self._on_frame = on_frame

    def accept(self, moment: Moment) -> None:
        """Encode and publish the pose."""
        if moment.humanoid is None:
            return
        self.frame = encode_frame(moment.humanoid)
        self.moment = moment if self.keep_picture else None
        if self._on_frame is not None:
            self._on_frame()

    def close(self) -> None:
        """The last pose stays readable."""
        self._on_frame = None
