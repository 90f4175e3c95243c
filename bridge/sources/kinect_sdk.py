"""What the live and the recorded Kinect share: the SDK, its pictures, its calibration.

The SDK is pyk4a, imported when a Kinect is asked for; ``Any`` stands for its objects, which
carry no usable types.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from bridge.errors import SourceError
from bridge.sources.kinect_depth import DepthOnColour
from bridge.types import ByteArray, FloatArray, Frame, Intrinsics, Stamp

_LOG = logging.getLogger(__name__)

_IMU_SAMPLES: Final = 16  # a hundredth of a second; their median is good to a tenth of a degree
_GRAVITY_M_S2: Final = 9.81
_GRAVITY_SLACK_M_S2: Final = 1.0
_INSTALL: Final = "pip install 'avatar-bridge[kinect]'"


def load_sdk() -> Any:
    """The module ``pyk4a``. Raises ``SourceError`` with the way to install it."""
    # Its own log would stand between our lines; what matters comes as an exception.
    os.environ.setdefault("K4A_LOG_LEVEL", "c")
    try:
        return importlib.import_module("pyk4a")
    except ImportError as error:
        missing = error.name == "pyk4a"
        reason = "is not installed" if missing else f"cannot be loaded ({error})"
        raise SourceError(
            f"a Kinect needs the Python package pyk4a, which {reason}: {_INSTALL}"
        ) from None


def colour_intrinsics(sdk: Any, calibration: Any, size_px: tuple[int, int]) -> Intrinsics:
    """The colour camera as a pinhole; what its lens distorts is below two pixels at the rim."""
    matrix = calibration.get_camera_matrix(sdk.CalibrationType.COLOR)
    fx, fy, cx, cy = (float(matrix[i]) for i in ((0, 0), (1, 1), (0, 2), (1, 2)))
    # The SDK counts from the middle of the first pixel, we from its corner.
    return Intrinsics(size_px[0], size_px[1], fx, fy, cx + 0.5, cy + 0.5)


def up_camera(
    sdk: Any, calibration: Any, next_sample: Callable[[], Any], *, name: str
) -> FloatArray | None:
    """The unit vector up ``(3,)`` in the colour camera's axes, from the accelerometer at rest:
    what it measures then is the push of the table, which points up. None where it says nothing.

    ``next_sample``: the SDK's next IMU sample.
    """
    try:
        samples = [next_sample()["acc_sample"] for _ in range(_IMU_SAMPLES)]
        rotation, _ = calibration.get_extrinsic_parameters(
            sdk.CalibrationType.ACCEL, sdk.CalibrationType.COLOR
        )
        push = np.asarray(rotation, np.float64) @ np.median(np.array(samples, np.float64), axis=0)
    except (sdk.K4AException, EOFError, KeyError, TypeError, ValueError) as error:
        _LOG.info("%s: the accelerometer says nothing: %s", name, error)
        return None
    strength = float(np.linalg.norm(push))
    if abs(strength - _GRAVITY_M_S2) > _GRAVITY_SLACK_M_S2:
        _LOG.info("%s: it is moved or its accelerometer errs (%.1f m/s²)", name, strength)
        return None
    return np.ascontiguousarray(push / strength, np.float32)


def frame_of(
    sdk: Any,
    capture: Any,
    stamp: Stamp,
    *,
    colour_format: Any,
    calibration: Any,
    depth: DepthOnColour,
    up: FloatArray | None = None,
) -> Frame | None:
    """Colour decoded once and depth in the colour camera; None where one of them is missing."""
    colour = capture.color
    depth_mm = None if colour is None else depth.of(capture)
    if colour is None or depth_mm is None:
        return None
    image = _rgb(sdk, colour, colour_format)
    if image is None or image.shape[:2] != depth_mm.shape:
        return None
    size_px = (image.shape[1], image.shape[0])
    camera = colour_intrinsics(sdk, calibration, size_px)
    depth_m: FloatArray = depth_mm.astype(np.float32) * np.float32(1e-3)
    return Frame(stamp, image, camera, depth_m, up)


def _rgb(sdk: Any, colour: Any, colour_format: Any) -> ByteArray | None:
    """From any of the four formats a Kinect gives."""
    import cv2

    formats = sdk.ImageFormat
    if colour_format == formats.COLOR_BGRA32:
        return cv2.cvtColor(colour, cv2.COLOR_BGRA2RGB)
    if colour_format == formats.COLOR_MJPG:
        decoded: Any = cv2.imdecode(np.ascontiguousarray(colour).reshape(-1), cv2.IMREAD_COLOR)
        return None if decoded is None else cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    if colour_format == formats.COLOR_NV12:
        return cv2.cvtColor(colour, cv2.COLOR_YUV2RGB_NV12)
    return cv2.cvtColor(colour, cv2.COLOR_YUV2RGB_YUY2)
