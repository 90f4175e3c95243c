"""A camera that is live: newest picture, stamped at capture, opened again when unplugged."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from bridge.errors import SourceError, SourceLostError
from bridge.sources.base import Source, SourceInfo
from bridge.sources.camera_device import CameraDevice, CameraOpener
from bridge.sources.picture import frame_from_decoded
from bridge.sources.settings import SourceSettings
from bridge.types import Frame, Stamp

_LOG = logging.getLogger(__name__)

_RATE_PROBE_FRAMES: Final = 45  # 1.5 s at 30 fps: past the slow start of automatic exposure
_RATE_TOLERANCE: Final = 0.8  # less than this share of the promised rate is worth a warning
_DAMAGED_IN_A_ROW_MAX: Final = 30  # after a second of unreadable pictures the camera is lost


class WebcamSource(Source):
    """Frames of a camera or network stream.

    ``opener`` is called with ``settings`` each time the camera is opened. ``missing_text`` is
    the error when it cannot be opened the first time. Raises ``SourceError``.
    """

    def __init__(
        self,
        opener: CameraOpener,
        *,
        source_id: str,
        settings: SourceSettings,
        missing_text: Callable[[], str],
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._opener = opener
        self._source_id = source_id
        self._settings = settings
        self._clock_ns = clock_ns
        self._closed = threading.Event()
        self._sequence = 0
        self._warned = False
        self._opened_at_ns = 0
        self._frames_since_open = 0
        self._device: CameraDevice | None = opener(settings)
        if self._device is None:
            raise SourceError(missing_text())
        self._note_opened(self._device)
        mode = self._device.mode
        width, height = mode.width_px, mode.height_px
        sideways = settings.rotation_deg in (90, 270)
        self._info = SourceInfo(
            source_id=source_id,
            live=True,
            fps=mode.fps or None,
            size_px=(height, width) if sideways else (width, height),
        )

    @property
    def info(self) -> SourceInfo:
        """As the camera reported when first opened."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture; None only after ``close``.

        Raises ``SourceLostError`` when the camera is gone and ``settings.reopen`` is off.
        """
        damaged = 0
        while not self._closed.is_set():
            device = self._device
            if device is None:
                self._reopen()
                continue
            if not device.grab():
                self._lose()
                continue
            capture_time_ns = self._clock_ns()
            image = device.decode()
            if image is None:
                damaged += 1
                if damaged >= _DAMAGED_IN_A_ROW_MAX:
                    damaged = 0
                    self._lose()
                continue
            self._check_rate(capture_time_ns)
            stamp = Stamp(self._sequence, capture_time_ns, self._source_id)
            self._sequence += 1
            return frame_from_decoded(image, stamp=stamp, settings=self._settings)
        return None

    def close(self) -> None:
        """Stop a waiting ``read`` and give the camera back."""
        self._closed.set()
        if self._device is not None:
            self._device.release()
            self._device = None

    def _lose(self) -> None:
        if self._device is not None:
            self._device.release()
            self._device = None
        if self._closed.is_set():
            return
        if not self._settings.reopen:
            raise SourceLostError(
                f"{self._source_id} stopped giving pictures. Plug it in again, or set "
                "source.reopen = true to wait for it"
            )
        _LOG.warning("%s stopped giving pictures; waiting for it to come back", self._source_id)

    def _reopen(self) -> None:
        pause_s = self._settings.reopen_first_s
        while not self._closed.wait(pause_s):
            device = self._opener(self._settings)
            if device is not None:
                self._device = device
                self._note_opened(device)
                _LOG.warning("%s is back", self._source_id)
                return
            pause_s = min(2.0 * pause_s, self._settings.reopen_longest_s)

    def _note_opened(self, device: CameraDevice) -> None:
        """Compare what was asked for with what came; one warning in a run."""
        self._frames_since_open = 0
        asked, got = self._settings, device.mode
        faults: list[str] = []
        if (got.width_px, got.height_px) != (asked.width_px, asked.height_px):
            faults.append(
                f"{got.width_px}x{got.height_px} instead of {asked.width_px}x{asked.height_px}"
            )
        if 0.0 < got.fps < _RATE_TOLERANCE * asked.fps:
            faults.append(f"{got.fps:g} fps instead of {asked.fps:g}")
        if faults and self._source_id.startswith("webcam:"):
            self._warn(f"{self._source_id} gives " + " and ".join(faults))

    def _check_rate(self, now_ns: int) -> None:
        """Some cameras promise 30 fps and give 15 in dim light."""
        if self._frames_since_open == 0:
            self._opened_at_ns = now_ns
        elif self._frames_since_open == _RATE_PROBE_FRAMES:
            measured = _RATE_PROBE_FRAMES * 1e9 / max(now_ns - self._opened_at_ns, 1)
            if measured < _RATE_TOLERANCE * min(self._settings.fps, self._info.fps or 1e9):
                self._warn(
                    f"{self._source_id} gives {measured:.0f} fps; in dim light cameras halve "
                    "their rate. More light, or its automatic exposure off, brings it back"
                )
        self._frames_since_open += 1

    def _warn(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            _LOG.warning("%s. Its modes are listed by: avatar-bridge devices", text)
