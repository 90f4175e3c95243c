"""A live Azure Kinect through pyk4a: colour with depth in the colour camera."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Final

from bridge.errors import SourceError, SourceLostError
from bridge.sources.base import Source, SourceInfo
from bridge.sources.kinect_depth import COLOUR_SIZES_PX, DepthOnColour
from bridge.sources.kinect_sdk import frame_of, load_sdk, up_camera
from bridge.sources.settings import SourceSettings
from bridge.types import FloatArray, Frame, Stamp

_LOG = logging.getLogger(__name__)

_CAPTURE_TIMEOUT_MS: Final = 1000  # 30 pictures; one that is late by so much does not come
_IMU_TIMEOUT_MS: Final = 500
_TIMEOUTS_MAX: Final = 3
_INDEX_DIGITS_MAX: Final = 2  # serial numbers have twelve digits
_USB_HINT: Final = (
    "Check its power supply and use a USB 3 port of its own (or set source.kinect.fps = 15)"
)
_DEPTH_MODES: Final = {
    "nfov_binned": "NFOV_2X2BINNED", "nfov": "NFOV_UNBINNED",
    "wfov_binned": "WFOV_2X2BINNED", "wfov": "WFOV_UNBINNED",
}  # fmt: skip


class KinectSource(Source):
    """``spec``: ``kinect``, ``kinect:INDEX`` or ``kinect:SERIAL``.

    Reopens a lost device by itself where the settings say so. Raises ``SourceError`` when there
    is no device or no SDK, ``SourceLostError`` when it stops and may not be reopened.
    """

    def __init__(self, spec: str, *, settings: SourceSettings, sdk: Any = None) -> None:
        self._source_settings = settings
        self._settings = settings.kinect
        self._sdk = load_sdk() if sdk is None else sdk
        self._wanted = spec.partition(":")[2].strip()
        self._closed = threading.Event()
        self._device: Any = None
        self._recorder: Any = None
        self._up: FloatArray | None = None
        self._sequence = 0
        self._open()
        width, height = COLOUR_SIZES_PX[settings.kinect.color_resolution]
        name = self._wanted or "0"
        self._info = SourceInfo(
            f"kinect:{name}", live=True, fps=float(settings.kinect.fps), size_px=(width, height)
        )

    @property
    def info(self) -> SourceInfo:
        """As configured; the SDK gives exactly that or nothing."""
        return self._info

    def read(self) -> Frame | None:
        """The next picture; None once closed."""
        timeouts = 0
        while not self._closed.is_set():
            try:
                capture = self._device.get_capture(timeout=_CAPTURE_TIMEOUT_MS)
                stamp = Stamp(self._sequence, time.monotonic_ns(), self._info.source_id)
                if self._recorder is not None:
                    self._recorder.write_capture(capture)
                frame = frame_of(
                    self._sdk,
                    capture,
                    stamp,
                    colour_format=self._sdk.ImageFormat.COLOR_BGRA32,
                    calibration=self._device.calibration,
                    depth=self._depth,
                    up=self._up,
                )
            except self._sdk.K4ATimeoutException:
                timeouts += 1
                if timeouts == 1:
                    _LOG.warning("%s gives no picture. %s", self._info.source_id, _USB_HINT)
                if timeouts >= _TIMEOUTS_MAX:
                    self._lost("gave no picture for seconds")
                    timeouts = 0
                continue
            except self._sdk.K4AException as error:
                self._lost(f"stopped ({error or 'device lost'})")
                continue
            if frame is not None:
                self._sequence += 1
                return frame
        return None

    def close(self) -> None:
        """Stop the cameras and finish the recording; may be called twice."""
        self._closed.set()
        self._shut()

    def _lost(self, reason: str) -> None:
        """Open it again, waiting longer each time. Raises ``SourceLostError`` where not wanted."""
        message = f"{self._info.source_id} {reason}. {_USB_HINT}"
        self._shut()
        if not self._source_settings.reopen:
            raise SourceLostError(message)
        _LOG.warning("%s; trying to reopen it", message)
        pause_s = self._source_settings.reopen_first_s
        while not self._closed.wait(pause_s):
            try:
                self._open()
            except SourceError:
                pause_s = min(2.0 * pause_s, self._source_settings.reopen_longest_s)
                continue
            _LOG.warning("%s is back", self._info.source_id)
            return

    def _open(self) -> None:
        sdk, settings = self._sdk, self._settings
        index = self._index()
        config = sdk.Config(
            color_resolution=sdk.ColorResolution[f"RES_{settings.color_resolution.upper()}"],
            color_format=sdk.ImageFormat.COLOR_BGRA32,
            depth_mode=sdk.DepthMode[_DEPTH_MODES[settings.depth_mode]],
            camera_fps=sdk.FPS[f"FPS_{settings.fps}"],
            synchronized_images_only=True,
            wired_sync_mode=sdk.WiredSyncMode[settings.wired_sync.upper()],
        )
        device = sdk.PyK4A(config, device_id=index)
        try:
            device.start()
            if settings.exposure_us is not None:
                device.exposure = settings.exposure_us
            if settings.white_balance_k is not None:
                device.whitebalance = settings.white_balance_k
        except sdk.K4AException as error:
            raise SourceError(
                f"Kinect {index} cannot be started ({error or 'refused'}). {_USB_HINT}; close "
                "other programs that use it"
            ) from None
        self._device = device
        self._depth = DepthOnColour(sdk, device.calibration)
        self._up = up_camera(
            sdk,
            device.calibration,
            lambda: device.get_imu_sample(timeout=_IMU_TIMEOUT_MS),
            name=f"kinect:{index}",
        )
        if settings.record_mkv:
            self._record(config)

    def _index(self) -> int:
        """The device's number from what the user wrote."""
        count = self._sdk.connected_device_count()
        if count == 0:
            raise SourceError(f"no Azure Kinect found. {_USB_HINT}")
        wanted = self._wanted
        if wanted and not wanted.isdecimal():
            raise SourceError(f"kinect:{wanted}: expected kinect, kinect:INDEX or kinect:SERIAL")
        if len(wanted) <= _INDEX_DIGITS_MAX:
            index = int(wanted or "0")
            if index >= count:
                raise SourceError(f"Kinect {index} not found; found 0 to {count - 1}")
            return index
        serials = [self._serial(index) for index in range(count)]
        if wanted not in serials:
            raise SourceError(f"no Kinect with serial {wanted}; found {', '.join(serials)}")
        return serials.index(wanted)

    def _serial(self, index: int) -> str:
        device = self._sdk.PyK4A(device_id=index)
        try:
            device.open()
            return str(device.serial)
        except self._sdk.K4AException:
            return f"(number {index}, in use)"
        finally:
            if device.opened:
                device.close()

    def _record(self, config: Any) -> None:
        self._recorder = self._sdk.PyK4ARecord(
            self._settings.record_mkv, config=config, device=self._device
        )
        try:
            self._recorder.create()
            self._recorder.write_header()
        except self._sdk.K4AException:
            self._recorder = None
            raise SourceError(
                f"{self._settings.record_mkv} cannot be recorded to. Choose another folder or name"
            ) from None

    def _shut(self) -> None:
        recorder, self._recorder = self._recorder, None
        device, self._device = self._device, None
        for finish in (
            *(() if recorder is None else (recorder.flush, recorder.close)),
            *(() if device is None else (device.stop,)),
        ):
            try:
                finish()
            except self._sdk.K4AException as error:
                _LOG.debug("while closing the Kinect: %s", error)
