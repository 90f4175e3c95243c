"""Plays a Kinect's own recordings (MKV with colour, depth and calibration)."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final

from bridge.errors import FormatError, SourceError
from bridge.sources.base import Source, SourceInfo
from bridge.sources.kinect_depth import DepthOnColour
from bridge.sources.kinect_sdk import frame_of, load_sdk, up_camera
from bridge.types import Frame, Stamp

_LOG = logging.getLogger(__name__)

_TAG: Final = b"K4A_"  # every tag of the recorder begins so, e.g. K4A_DEVICE_SERIAL_NUMBER
_TAG_BYTES: Final = 4 * 1024 * 1024  # tags and the calibration lie before the first pictures
_FPS: Final = {"FPS_5": 5.0, "FPS_15": 15.0, "FPS_30": 30.0}


def is_kinect_recording(path: Path) -> bool:
    """Whether an MKV was written by a Kinect; other MKVs are ordinary videos."""
    try:
        with path.open("rb") as file:
            return _TAG in file.read(_TAG_BYTES)
    except OSError:
        return False


class KinectPlayback(Source):
    """Every capture that has colour and depth, in media time; seeks and loops.

    Raises ``SourceError`` without the SDK, ``FormatError`` for a file it cannot open. One that
    breaks off in the middle plays up to there with a warning.
    """

    def __init__(self, path: Path | str, *, loop: bool = False, sdk: Any = None) -> None:
        self._path = Path(path)
        self._loop = loop
        self._sdk = load_sdk() if sdk is None else sdk
        if not self._path.is_file():
            raise SourceError(f"{path} not found")
        self._playback: Any = self._sdk.PyK4APlayback(str(self._path))
        try:
            self._playback.open()
            configuration = self._playback.configuration
            self._format = configuration["color_format"]
            fps = _FPS.get(configuration["camera_fps"].name, 30.0)
            length_us = int(self._playback.length)
            complete = configuration["color_track_enabled"] and configuration["depth_track_enabled"]
        except self._sdk.K4AException as error:
            raise FormatError(
                f"{path} is not a complete Kinect recording ({error or 'refused by the SDK'}): "
                "a recorder that is not stopped properly leaves a file that cannot be read"
            ) from None
        if not complete:
            self.close()
            raise FormatError(f"{path} lacks colour or depth; both are needed")
        self._info = SourceInfo(
            f"kinect:{self._path.name}", live=False, fps=fps, length=round(length_us * 1e-6 * fps)
        )
        self._depth = DepthOnColour(self._sdk, self._playback.calibration)
        self._up = up_camera(
            self._sdk,
            self._playback.calibration,
            self._playback.get_next_imu_sample,
            name=self._path.name,
        )
        self._first_us: int | None = None
        self._last_ns = 0
        self._round_start_ns = 0
        self._sequence = 0

    @property
    def info(self) -> SourceInfo:
        """``length`` from the recording's duration; single captures may be missing."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture with depth; None at the end."""
        while self._playback is not None:
            try:
                capture = self._playback.get_next_capture()
            except EOFError:
                if not self._rewound():
                    return None
                continue
            except self._sdk.K4AException as error:
                _LOG.warning(
                    "%s is damaged after %.1f s (%s); ending there",
                    self._path, self._last_ns * 1e-9, error or "unreadable",
                )  # fmt: skip
                return None
            frame = self._frame(capture)
            if frame is not None:
                return frame
        return None

    def seek(self, time_s: float) -> None:
        """Continue at ``time_s`` from the start."""
        try:
            self._playback.seek(round(max(0.0, time_s) * 1e6))
        except (self._sdk.K4AException, EOFError):
            raise SourceError(f"{self._path} cannot be sought to {time_s:g} s") from None
        self._round_start_ns = 0

    def close(self) -> None:
        """May be called twice."""
        playback, self._playback = self._playback, None
        if playback is not None:
            playback.close()

    def _frame(self, capture: Any) -> Frame | None:
        if capture.color is None:
            return None
        time_us = int(capture.color_timestamp_usec)
        if self._first_us is None:
            self._first_us = time_us
        media_ns = max(0, time_us - self._first_us) * 1000 + self._round_start_ns
        stamp = Stamp(self._sequence, media_ns, self._info.source_id)
        frame = frame_of(
            self._sdk,
            capture,
            stamp,
            colour_format=self._format,
            calibration=self._playback.calibration,
            depth=self._depth,
            up=self._up,
        )
        if frame is not None:
            self._sequence += 1
            self._last_ns = media_ns
        return frame

    def _rewound(self) -> bool:
        if not self._loop or self._sequence == 0:
            return False
        step_ns = round(1e9 / (self._info.fps or 30.0))
        self._playback.seek(0)
        self._round_start_ns = self._last_ns + step_ns
        return True
