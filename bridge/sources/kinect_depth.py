"""Depth in the colour camera's picture, where the SDK's own way is missing.

The SDK does this with OpenGL; on a machine without a display it gives nothing. Every depth pixel
is then moved here: along its ray to its place, from there onto the colour picture; the nearest
wins. What the colour camera's lens distorts is left out: two pixels at the rim.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_LOG = logging.getLogger(__name__)

DepthImage = NDArray[np.uint16]
_FAR: Final = np.iinfo(np.uint16).max
_RIM_MAX: Final = 2.0  # tangents beyond 63° off the axis lie outside the lens's model


class DepthOnColour:
    """One calibration; the SDK's way is tried first and given up when it fails."""

    def __init__(self, sdk: Any, calibration: Any) -> None:
        self._sdk = sdk
        self._calibration = calibration
        self._own = False
        self._rays: NDArray[np.float32] | None = None

    def of(self, capture: Any) -> DepthImage | None:
        """Millimetres ``(H, W)`` at the colour picture's size, 0 where unknown; None without
        depth."""
        if not self._own:
            transformed = capture.transformed_depth
            if transformed is not None or capture.depth is None:
                return transformed
            self._own = True
            _LOG.warning(
                "the Kinect's SDK finds no OpenGL to put depth on the colour picture; the "
                "processor does it, which takes longer"
            )
        return None if capture.depth is None else self._moved(capture.depth)

    def _moved(self, depth_mm: DepthImage) -> DepthImage:
        kinds, calibration = self._sdk.CalibrationType, self._calibration
        if self._rays is None or self._rays.shape[:2] != depth_mm.shape:
            self._rays = _rays(
                calibration.get_camera_matrix(kinds.DEPTH),
                calibration.get_distortion_coefficients(kinds.DEPTH),
                depth_mm.shape,
            )
        rotation, translation_m = calibration.get_extrinsic_parameters(kinds.DEPTH, kinds.COLOR)
        known = (depth_mm > 0) & np.isfinite(self._rays[..., 0])
        z = depth_mm[known].astype(np.float32)
        points = np.column_stack((self._rays[known] * z[:, None], z))
        shift_mm = np.asarray(translation_m, np.float32).reshape(3) * 1000.0
        points = points @ np.asarray(rotation, np.float32).T + shift_mm
        height, width = _size(calibration)
        matrix = np.asarray(calibration.get_camera_matrix(kinds.COLOR), np.float32)
        points = points[points[:, 2] > 1.0]
        # The farthest first: of those that fall on one pixel the last, the nearest, stays. Sorting
        # whole millimetres takes a tenth of the time.
        far_mm = np.clip(points[:, 2], 0, _FAR).astype(np.uint16)
        order = np.argsort(_FAR - far_mm, kind="stable")
        points, far_mm = points[order], far_mm[order]
        column = (points[:, 0] / points[:, 2] * matrix[0, 0] + matrix[0, 2]).astype(np.int32)
        row = (points[:, 1] / points[:, 2] * matrix[1, 1] + matrix[1, 2]).astype(np.int32)
        # A depth pixel is up to two colour pixels wide.
        inside = (column >= 0) & (column < width - 1) & (row >= 0) & (row < height - 1)
        at, nearest_mm = (row * width + column)[inside], far_mm[inside]
        out = np.zeros(height * width, np.uint16)
        for step in (width + 1, width, 1, 0):
            place = at + step
            covered = out[place]
            out[place] = np.where((covered > 0) & (covered < nearest_mm), covered, nearest_mm)
        return out.reshape(height, width)


def _size(calibration: Any) -> tuple[int, int]:
    """Height and width of the colour picture that a calibration is of."""
    name = calibration.color_resolution.name.removeprefix("RES_")
    width, height = COLOUR_SIZES_PX[name.lower()]
    return height, width


COLOUR_SIZES_PX: Final = {
    "720p": (1280, 720), "1080p": (1920, 1080), "1440p": (2560, 1440),
    "1536p": (2048, 1536), "2160p": (3840, 2160), "3072p": (4096, 3072),
}  # fmt: skip


def _rays(matrix: Any, distortion: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """x/z and y/z of every depth pixel ``(H, W, 2)``; NaN where the lens's model ends."""
    import cv2

    row, column = np.mgrid[0 : shape[0], 0 : shape[1]]
    pixels = np.stack((column, row), axis=-1).reshape(-1, 1, 2).astype(np.float64)
    rays = cv2.undistortPoints(
        pixels, np.asarray(matrix, np.float64), np.asarray(distortion, np.float64)
    ).reshape(*shape, 2)
    wild = ~(np.abs(rays).max(axis=-1) < _RIM_MAX)
    rays[wild] = np.nan
    return rays.astype(np.float32)
