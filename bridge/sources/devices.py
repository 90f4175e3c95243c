"""Which cameras this computer has, and what they can give."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bridge.sources.camera_device import CameraMode, OpenCvCamera, backend, cv2

_SYSFS: Final = Path("/sys/class/video4linux")
_PROBED_INDICES: Final = range(8)  # where the system gives no list
# What webcams commonly offer; a mode counts when the driver takes it unchanged.
_PROBED_SIZES_PX: Final = ((640, 360), (640, 480), (960, 540), (1280, 720), (1920, 1080))
_PROBED_FORMATS: Final = ("MJPG", "YUYV")
_PROBED_FPS: Final = 60.0  # drivers answer with the highest rate up to this


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One camera; ``modes`` is empty where ``openable`` is False."""

    index: int
    name: str
    openable: bool
    modes: tuple[CameraMode, ...] = ()


def camera_indices(*, sysfs: Path = _SYSFS) -> tuple[int, ...]:
    """Numbers of the cameras that are plugged in, without the metadata nodes of Linux."""
    if sys.platform.startswith("linux"):
        return tuple(index for index, _ in _linux_cameras(sysfs))
    return tuple(index for index in _PROBED_INDICES if _openable(index))


def list_cameras(*, sysfs: Path = _SYSFS) -> tuple[CameraInfo, ...]:
    """Every camera with its modes; opens each for a second or two."""
    if sys.platform.startswith("linux"):
        named = _linux_cameras(sysfs)
    else:
        named = [(index, f"camera {index}") for index in _PROBED_INDICES]
    found: list[CameraInfo] = []
    for index, name in named:
        modes = _probe_modes(index)
        if modes is not None:
            found.append(CameraInfo(index, name, openable=True, modes=modes))
        elif sys.platform.startswith("linux"):  # elsewhere it does not exist
            found.append(CameraInfo(index, name, openable=False))
    return tuple(found)


def _linux_cameras(sysfs: Path) -> list[tuple[int, str]]:
    cameras: list[tuple[int, str]] = []
    for node in sysfs.glob("video*"):
        number = re.fullmatch(r"video(\d+)", node.name)
        # A camera's second node (index 1) carries metadata, not pictures.
        if number is None or _text(node / "index") not in ("0", ""):
            continue
        cameras.append((int(number[1]), _text(node / "name") or node.name))
    return sorted(cameras)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _openable(index: int) -> bool:
    capture = cv2.VideoCapture(index, backend())
    opened = bool(capture.isOpened())
    capture.release()
    return opened


def _probe_modes(index: int) -> tuple[CameraMode, ...] | None:
    """None when the camera cannot be opened."""
    capture = cv2.VideoCapture(index, backend())
    try:
        if not capture.isOpened():
            return None
        camera = OpenCvCamera(capture)
        modes: dict[CameraMode, None] = {}
        for fourcc in _PROBED_FORMATS:
            for width, height in _PROBED_SIZES_PX:
                capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*fourcc))
                capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
                capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
                capture.set(cv2.CAP_PROP_FPS, _PROBED_FPS)
                mode = camera.mode
                if (mode.width_px, mode.height_px) == (width, height):
                    modes.setdefault(mode)
        return tuple(modes)
    finally:
        capture.release()
