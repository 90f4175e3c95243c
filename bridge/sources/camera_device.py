"""The small interface behind which a camera's driver stands, and OpenCV's side of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

from numpy.typing import NDArray

from bridge.sources import picture  # first: it quietens OpenCV before that is imported
from bridge.sources.settings import SourceSettings

cv2 = picture.cv2

_MJPEG: Final = cv2.VideoWriter.fourcc(*"MJPG")


@dataclass(frozen=True, slots=True)
class CameraMode:
    """What a camera says it delivers; ``fps`` 0 where it does not say."""

    width_px: int
    height_px: int
    fps: float
    fourcc: str = ""


class CameraDevice(Protocol):
    """An open camera. ``grab`` and ``decode`` are apart so that the stamp is taken between."""

    @property
    def mode(self) -> CameraMode:
        """As the driver reports it."""
        ...

    def grab(self) -> bool:
        """Block for the next picture; False when the camera is gone."""
        ...

    def decode(self) -> NDArray[Any] | None:
        """The grabbed picture in OpenCV's channel order; None where it is damaged."""
        ...

    def release(self) -> None:
        """Give the camera back; may be called twice."""
        ...


# Returns None where the camera cannot be opened.
CameraOpener: TypeAlias = Callable[[SourceSettings], CameraDevice | None]


class OpenCvCamera:
    """A camera or network stream read by OpenCV."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture

    @property
    def mode(self) -> CameraMode:
        """As the driver reports it."""
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC))
        letters = "".join(chr((code >> shift) & 0xFF) for shift in (0, 8, 16, 24))
        return CameraMode(
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            float(self._capture.get(cv2.CAP_PROP_FPS)),
            letters if letters.isprintable() else "",
        )

    def grab(self) -> bool:
        """Block for the next picture."""
        return bool(self._capture.grab())

    def decode(self) -> NDArray[Any] | None:
        """The grabbed picture, BGR."""
        ok, image = self._capture.retrieve()
        return image if ok else None

    def release(self) -> None:
        """Give the camera back."""
        self._capture.release()


def backend() -> int:
    """OpenCV's driver interface that honours size, rate and format requests on this system."""
    if sys.platform == "win32":
        return cv2.CAP_DSHOW  # MSMF takes tens of seconds to open many cameras
    if sys.platform == "darwin":
        return cv2.CAP_AVFOUNDATION
    return cv2.CAP_V4L2


def opencv_camera(index: int) -> CameraOpener:
    """Opens camera ``index`` of this computer."""

    def open_it(settings: SourceSettings) -> CameraDevice | None:
        capture = cv2.VideoCapture(index, backend())
        if not capture.isOpened():
            capture.release()
            return None
        # The format first: drivers limit size and rate by the format in force.
        if settings.mjpeg:
            capture.set(cv2.CAP_PROP_FOURCC, _MJPEG)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width_px)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height_px)
        capture.set(cv2.CAP_PROP_FPS, settings.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # an old picture is worth nothing
        return OpenCvCamera(capture)

    return open_it


def opencv_stream(url: str) -> CameraOpener:
    """Opens a live network stream (MJPEG over HTTP, RTSP) of a phone or IP camera."""

    def open_it(_settings: SourceSettings) -> CameraDevice | None:
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
        if not capture.isOpened():
            capture.release()
            return None
        return OpenCvCamera(capture)

    return open_it
