"""Cutting a turned square out of a picture, and bringing points back."""

from __future__ import annotations

from math import cos, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bridge.tracking.engine.regions import Region
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.floating[Any]]


def crop_into(
    target: ByteArray,
    image_rgb: ByteArray,
    region: Region,
    *,
    black_border: bool = False,
    mirrored: bool = False,
) -> None:
    """Fill ``target (N, N, 3)`` with the region, in one bilinear warp without a copy.

    Outside the picture its edge is continued, or black for the detectors. ``mirrored`` exchanges
    left and right, for models that know one side only.
    """
    size = target.shape[0]
    step = region.size_px / size
    across = -step if mirrored else step
    c, s = cos(region.rotation_rad), sin(region.rotation_rad)
    half_across, half = 0.5 * size * across, 0.5 * size * step
    image_from_target = np.array(
        [
            [across * c, -step * s, region.center_x_px - half_across * c + half * s],
            [across * s, step * c, region.center_y_px - half_across * s - half * c],
        ]
    )
    cv2.warpAffine(
        image_rgb,
        image_from_target,
        (size, size),
        dst=target,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT if black_border else cv2.BORDER_REPLICATE,
    )


def image_from_crop(points: Array, region: Region, *, mirrored: bool = False) -> FloatArray:
    """Points ``(N, 2)`` or ``(N, 3)`` from shares of the crop (0–1) to pixels of the picture.

    A third column, depth, is scaled with the size and keeps its zero.
    """
    c, s = cos(region.rotation_rad), sin(region.rotation_rad)
    out = np.empty_like(points, dtype=np.float32)
    x = (points[:, 0] - 0.5) * (-region.size_px if mirrored else region.size_px)
    y = (points[:, 1] - 0.5) * region.size_px
    out[:, 0] = c * x - s * y + region.center_x_px
    out[:, 1] = s * x + c * y + region.center_y_px
    if points.shape[1] == 3:
        out[:, 2] = points[:, 2] * region.size_px
    return out


def turned(positions: Array, rotation_rad: float) -> FloatArray:
    """Positions ``(N, 3)`` in a crop's axes turned into the picture's."""
    c, s = cos(rotation_rad), sin(rotation_rad)
    out = np.array(positions, dtype=np.float32)
    out[:, 0] = c * positions[:, 0] - s * positions[:, 1]
    out[:, 1] = s * positions[:, 0] + c * positions[:, 1]
    return out
