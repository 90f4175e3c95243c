"""From what OpenCV decodes to the RGB picture of a ``Frame``."""

from __future__ import annotations

import os
from typing import Any, Final

# FFmpeg otherwise writes its own complaints about damaged files between our messages.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

import cv2
import numpy as np
from numpy.typing import NDArray

from bridge.errors import FormatError
from bridge.sources.settings import SourceSettings
from bridge.types import ByteArray, Frame, Intrinsics, Stamp

_CV_ROTATION: Final = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_BYTES_FROM_16_BIT: Final = 1.0 / 257.0  # 65535 → 255


def rgb_from_decoded(
    image: NDArray[Any], *, rotation_deg: int = 0, flip: bool = False
) -> ByteArray:
    """An upright read-only RGB picture ``(H, W, 3)`` from grey, BGR or BGRA of 8 or 16 bits.

    ``rotation_deg`` turns clockwise; ``flip`` then exchanges left and right. Raises
    ``FormatError`` for any other kind of array.
    """
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=_BYTES_FROM_16_BIT)
    if image.dtype != np.uint8 or image.size == 0:
        raise FormatError(f"a picture of {image.dtype} {image.shape}; expected 8 or 16 bit pixels")
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        rgb = cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    elif channels == 3:
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    elif channels == 4:
        rgb = cv2.cvtColor(image, cv2.COLOR_BGRA2RGB)
    else:
        raise FormatError(f"a picture of {channels} channels; expected grey, RGB or RGBA")
    if rotation_deg:
        rgb = cv2.rotate(rgb, _CV_ROTATION[rotation_deg])
    if flip:
        rgb = cv2.flip(rgb, 1)
    upright = np.ascontiguousarray(rgb, np.uint8)
    upright.flags.writeable = False
    return upright


def frame_from_decoded(image: NDArray[Any], *, stamp: Stamp, settings: SourceSettings) -> Frame:
    """A ``Frame`` turned and flipped as ``settings`` says, with the camera they describe."""
    rgb = rgb_from_decoded(image, rotation_deg=settings.rotation_deg, flip=settings.flip)
    height, width = rgb.shape[:2]
    camera = Intrinsics.from_fov(width, height, vertical_fov_deg=settings.vertical_fov_deg)
    return Frame(stamp=stamp, image_rgb=rgb, camera=camera)
