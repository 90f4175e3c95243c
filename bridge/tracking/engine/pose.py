"""Body landmarks: from the previous picture's region, or from the detector after a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.layouts import Layout
from bridge.tracking.engine.crop import crop_into, image_from_crop, turned
from bridge.tracking.engine.detectors import Detection, Detector
from bridge.tracking.engine.regions import Region, pose_region, whole_picture
from bridge.tracking.engine.runtime import Network
from bridge.tracking.engine.smoothing import SteadyPoints
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.floating[Any]]

POSE_OUTPUTS: Final = ("Identity", "Identity_1", "Identity_3", "Identity_4")
_BODY_ROWS: Final = Layout.MEDIAPIPE_BODY_33.count
_ALL_ROWS: Final = 39  # the body, two alignment points, four that are not used
_CENTER_ROW: Final = 33  # mid-hip
_EDGE_ROW: Final = 34  # gives the region's size and direction
_HEATMAP_KERNEL: Final = 9  # cells; MediaPipe's RefineLandmarksFromHeatmapCalculator
_HEATMAP_SURE: Final = 0.5
_NEARNESS_WEIGHT: Final = 1.0  # of a person's size, as a share of the picture's larger side
_CENTRALITY_WEIGHT: Final = 0.5  # of the distance from the middle, as a share of half the side
_CONTINUITY_WEIGHT: Final = 2.0  # of the distance from the person who was just lost


@dataclass(frozen=True, slots=True)
class PoseResult:
    """One body: ``positions_m (33, 3)`` camera axes, mid-hip origin; ``pixels (33, 2)``;
    ``visibility (33,)`` 0–1; ``presence`` 0–1; ``region``: where to look next."""

    positions_m: FloatArray
    pixels: FloatArray
    visibility: FloatArray
    presence: float
    region: Region


class PoseTracker:
    """Keeps one performer: the nearer, more central one, until lost."""

    def __init__(self, detector: Detector, network: Network, *, presence_min: float) -> None:
        self._detector = detector
        self._network = network
        self._presence_min = presence_min
        self._previous: Region | None = None
        self._last_seen: Region | None = None
        self._steady = SteadyPoints()

    def reset(self) -> None:
        """Forget the performer."""
        self._previous = None
        self._last_seen = None
        self._steady.reset()

    def track(self, image_rgb: ByteArray, *, time_ns: int) -> PoseResult | None:
        """The body in this picture, or None."""
        if self._previous is not None:
            result = self._landmarks(image_rgb, self._previous, time_ns)
            if result is not None:
                return self._keep(result)
            self._previous = None
        self._steady.reset()
        region = self._detect(image_rgb)
        result = self._landmarks(image_rgb, region, time_ns) if region is not None else None
        return self._keep(result) if result is not None else None

    def _keep(self, result: PoseResult) -> PoseResult:
        self._previous = result.region if result.region.usable else None
        self._last_seen = self._previous
        return result

    def _detect(self, image_rgb: ByteArray) -> Region | None:
        height, width = image_rgb.shape[:2]
        found = self._detector.find(image_rgb, whole_picture(width, height))
        if not found:
            return None
        best = _choose(found, width, height, self._last_seen)
        region = pose_region(best.keypoints_px[0], best.keypoints_px[1])
        return region if region.usable else None

    def _landmarks(self, image_rgb: ByteArray, region: Region, time_ns: int) -> PoseResult | None:
        crop_into(self._network.picture, image_rgb, region)
        raw, presence, heatmap, raw_world = self._network.run()
        score = float(presence[0, 0])
        if score < self._presence_min:
            return None
        rows = raw.reshape(_ALL_ROWS, 5)
        input_px = self._network.picture.shape[0]
        shares = rows[:, :2] / input_px
        refine_from_heatmap(shares, heatmap[0])
        pixels = image_from_crop(shares, region)
        visibility = 1.0 / (1.0 + np.exp(-rows[:_BODY_ROWS, 3]))
        world = turned(raw_world.reshape(_ALL_ROWS, 3)[:_BODY_ROWS], region.rotation_rad)
        alignment = pixels[_CENTER_ROW : _EDGE_ROW + 1]
        reach = 2.0 * float(np.linalg.norm(alignment[1] - alignment[0]))
        alignment = self._steady(alignment, size_px=reach, time_ns=time_ns)
        return PoseResult(
            positions_m=world,
            pixels=pixels[:_BODY_ROWS],
            visibility=visibility,
            presence=min(score, 1.0),
            region=pose_region(alignment[0], alignment[1]),
        )


def refine_from_heatmap(shares: Array, heatmap_logits: Array) -> None:
    """Move each landmark to the weighted mean of its heatmap nearby, where that is sure.

    ``shares (K, 2)`` of the crop, changed in place; ``heatmap_logits (H, W, K)``. As MediaPipe's
    RefineLandmarksFromHeatmapCalculator does, but for all landmarks at once.
    """
    rows, columns, count = heatmap_logits.shape
    reach = (_HEATMAP_KERNEL - 1) // 2
    column = (shares[:, 0] * columns).astype(np.int64)
    row = (shares[:, 1] * rows).astype(np.int64)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    offset = np.arange(-reach, reach + 1)
    window_rows = row[:, None, None] + offset[None, :, None]
    window_columns = column[:, None, None] + offset[None, None, :]
    valid = (
        (window_rows >= 0) & (window_rows < rows)
        & (window_columns >= 0) & (window_columns < columns)
    )  # fmt: skip
    window_rows = np.clip(window_rows, 0, rows - 1)
    window_columns = np.clip(window_columns, 0, columns - 1)
    logits = heatmap_logits[window_rows, window_columns, np.arange(count)[:, None, None]]
    weight = np.where(valid, 1.0 / (1.0 + np.exp(-logits)), 0.0)
    total = weight.sum(axis=(1, 2))
    sure = inside & (weight.max(axis=(1, 2)) >= _HEATMAP_SURE) & (total > 0.0)
    total = np.where(sure, total, 1.0)
    mean_column = (weight * window_columns).sum(axis=(1, 2)) / total
    mean_row = (weight * window_rows).sum(axis=(1, 2)) / total
    shares[:, 0] = np.where(sure, mean_column / columns, shares[:, 0])
    shares[:, 1] = np.where(sure, mean_row / rows, shares[:, 1])


def _choose(
    found: Sequence[Detection], width: int, height: int, last_seen: Region | None
) -> Detection:
    """The nearer, more central person; after a loss, the one at the same place."""
    side = float(max(width, height))

    def worth(detection: Detection) -> float:
        center, edge = detection.keypoints_px[0], detection.keypoints_px[1]
        size = 2.0 * hypot(float(edge[0] - center[0]), float(edge[1] - center[1])) / side
        off_middle = abs(float(center[0]) - 0.5 * width) / (0.5 * side)
        value = _NEARNESS_WEIGHT * size - _CENTRALITY_WEIGHT * off_middle
        if last_seen is not None:
            moved = hypot(
                float(center[0]) - last_seen.center_x_px, float(center[1]) - last_seen.center_y_px
            )
            value -= _CONTINUITY_WEIGHT * moved / side
        return value

    return max(found, key=worth)
