"""Single-shot detectors: whole picture or region in, boxes with a few points out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.tracking.engine.anchors import anchor_centers
from bridge.tracking.engine.crop import crop_into, image_from_crop
from bridge.tracking.engine.regions import Region
from bridge.tracking.engine.runtime import Network
from bridge.types import ByteArray, FloatArray

Array = NDArray[np.floating[Any]]

POSE_STRIDES_PX: Final = (8, 16, 32, 32, 32)
FACE_STRIDES_PX: Final = (8, 16, 16, 16)
_SAME_OBJECT_IOU: Final = 0.3
_LOGIT_MAX: Final = 100.0  # keeps exp() from overflowing
_FOUND_MAX: Final = 5  # more people than this are not looked at


@dataclass(frozen=True, slots=True)
class Detection:
    """``box_px``: x and y of the low corner, then of the high one; ``keypoints_px (K, 2)``."""

    score: float
    box_px: FloatArray
    keypoints_px: FloatArray


class Detector:
    """Runs a detector network whose outputs are box rows ``(1, N, 4 + 2K)`` and logits."""

    def __init__(self, network: Network, *, strides_px: tuple[int, ...], score_min: float) -> None:
        self._network = network
        self._input_px = network.picture.shape[0]
        self._anchors = anchor_centers(self._input_px, strides_px)
        self._logit_min = _logit(score_min)

    def find(self, image_rgb: ByteArray, region: Region) -> list[Detection]:
        """Detections in ``region``, the surest first; overlapping ones averaged by score."""
        crop_into(self._network.picture, image_rgb, region, black_border=True)
        raw_boxes, raw_scores = self._network.run()
        logits = raw_scores[0, :, 0]
        chosen = np.flatnonzero(logits > self._logit_min)
        if chosen.size == 0:
            return []
        chosen = chosen[np.argsort(-logits[chosen])]
        scores = 1.0 / (1.0 + np.exp(-np.minimum(logits[chosen], _LOGIT_MAX)))
        points = self._points(raw_boxes[0, chosen], self._anchors[chosen])
        return [
            Detection(score, *self._to_image(merged, region))
            for score, merged in _merge_overlapping(points, scores)
        ]

    def _points(self, rows: Array, anchors: Array) -> FloatArray:
        """``(M, 2 + K, 2)``: low corner, high corner, keypoints; shares of the crop."""
        pairs = rows.reshape(rows.shape[0], -1, 2) / self._input_px
        points = pairs + anchors[:, None, :]
        half = 0.5 * pairs[:, 1]
        center = points[:, 0].copy()
        points[:, 0] = center - half
        points[:, 1] = center + half
        return points

    @staticmethod
    def _to_image(points: Array, region: Region) -> tuple[FloatArray, FloatArray]:
        placed = image_from_crop(points, region)
        return placed[:2].reshape(4), placed[2:]


def _merge_overlapping(points: Array, scores: Array) -> list[tuple[float, FloatArray]]:
    """Weighted non-maximum suppression; ``points`` sorted by falling ``scores``."""
    merged: list[tuple[float, FloatArray]] = []
    left = np.arange(len(scores))
    while left.size and len(merged) < _FOUND_MAX:
        same = _iou(points[left[0]], points[left]) > _SAME_OBJECT_IOU
        same[0] = True
        group = left[same]
        weights = scores[group] / scores[group].sum()
        merged.append((float(scores[group[0]]), np.tensordot(weights, points[group], axes=1)))
        left = left[~same]
    return merged


def _iou(one: Array, many: Array) -> FloatArray:
    """Intersection over union of one box with many; corners are the first two points."""
    low = np.maximum(one[0], many[:, 0])
    high = np.minimum(one[1], many[:, 1])
    common = np.prod(np.maximum(high - low, 0.0), axis=1)
    areas = np.prod(many[:, 1] - many[:, 0], axis=1)
    return common / np.maximum(np.prod(one[1] - one[0]) + areas - common, 1e-9)


def _logit(probability: float) -> float:
    limited = min(max(probability, 1e-6), 1.0 - 1e-6)
    return float(np.log(limited / (1.0 - limited)))
