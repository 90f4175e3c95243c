"""Records every moment to a file, beside the pipeline's thread."""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path
from typing import Final

from bridge.errors import SinkError
from bridge.recording.messages import Recorded
from bridge.recording.writer import CHUNK_NS, RecordingWriter
from bridge.sinks.base import Sink
from bridge.types import Moment

_LOG = logging.getLogger(__name__)

_QUEUE_LENGTH: Final = 1024  # a disk that stalls for ten seconds at 100 values a second
_CLOSE_TIMEOUT_S: Final = 30.0


class RecordingSink(Sink):
    """Writes observations, actor poses and humanoid poses to ``path`` (MCAP).

    A thread of its own encodes and writes. When the disk cannot follow, moments are counted as
    lost and the first is logged. Raises ``SinkError`` when the file cannot be made.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)
        self._writer = RecordingWriter(self._path)
        self._queue: queue.Queue[Recorded | None] = queue.Queue(_QUEUE_LENGTH)
        self._failure: SinkError | None = None
        self._closed = False
        self.lost = 0
        self._thread = threading.Thread(target=self._work, name="recording", daemon=True)
        self._thread.start()

    def accept(self, moment: Moment) -> None:
        """Queue what the moment holds. Raises ``SinkError`` once the file cannot be written."""
        if self._failure is not None:
            raise self._failure
        for value in (moment.observation, moment.actor, moment.humanoid):
            if value is None:
                continue
            try:
                self._queue.put_nowait(value)
            except queue.Full:
                self.lost += 1
                if self.lost == 1:
                    _LOG.warning("recording to %s: the disk is too slow, values lost", self._path)

    def close(self) -> None:
        """Write what is queued and finish the file."""
        if self._closed:
            return
        self._closed = True
        try:
            self._queue.put(None, timeout=_CLOSE_TIMEOUT_S)
        except queue.Full:
            _LOG.error("recording to %s: the disk does not answer", self._path)
            return
        self._thread.join(_CLOSE_TIMEOUT_S)
        if self.lost:
            _LOG.warning("recording to %s: %d values lost", self._path, self.lost)

    def _work(self) -> None:
        try:
            while True:
                try:
                    value = self._queue.get(timeout=CHUNK_NS * 1e-9)
                except queue.Empty:
                    self._writer.flush()  # nothing comes: do not leave the last chunk in memory
                    continue
                if value is None:
                    break
                self._writer.write(value)
            self._writer.close()
        except SinkError as error:
            self._failure = error
            _LOG.error("%s", error)
