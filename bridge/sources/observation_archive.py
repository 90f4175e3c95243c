"""The observation archive: landmarks of a clip as plain arrays, the way others measure us.

Needs ``fps``, ``body_positions_m (T, 33, 3)`` (hip-centred, camera axes: x right, y down, z away
from the camera) and ``body_confidence (T, 33)``. May have ``image_size_px (2,)``,
``capture_time_ns (T,)``, ``body_pixels (T, 33, 2)``, ``left_hand_positions_m (T, 21, 3)`` and
``left_hand_confidence (T, 21)``, the same for right, ``face_positions (T, 478, 3)``, ``arkit
(T, 52)``; and what this program adds: ``left_hand_pixels``, ``right_hand_pixels``,
``face_pixels``, ``face_confidence (T, 478)``. A landmark that is NaN,
or whose confidence is, was not seen.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bridge.errors import FormatError
from bridge.layouts import Layout
from bridge.skeleton import ARKIT_COUNT
from bridge.sources.npz import NpzFile
from bridge.types import FloatArray, Intrinsics, Keypoints, Observation, Stamp

# Part, layout, and the stem of its keys. The face's positions have no unit in their name.
_PARTS: Final = (
    ("body", Layout.MEDIAPIPE_BODY_33, "body_positions_m"),
    ("left_hand", Layout.MEDIAPIPE_HAND_21, "left_hand_positions_m"),
    ("right_hand", Layout.MEDIAPIPE_HAND_21, "right_hand_positions_m"),
    ("face", Layout.MEDIAPIPE_FACE_478, "face_positions"),
)
_CONFIDENCE_SLACK: Final = 1e-3  # rounding of whoever wrote the file


class _Part:
    """One part's arrays over all frames."""

    def __init__(self, file: NpzFile, part: str, layout: Layout, key: str, *, count: int) -> None:
        self.layout = layout
        rows = layout.count
        positions = file.floats(key, [(count, rows, 3)])
        confidence = np.ones((count, rows), np.float32)
        confidence_key = f"{part}_confidence"
        if part == "body" or file.has(confidence_key):
            confidence = file.floats(confidence_key, [(count, rows)])
        pixels = np.zeros((count, rows, 2), np.float32)
        if file.has(f"{part}_pixels"):
            pixels = file.floats(f"{part}_pixels", [(count, rows, 2)])
        unseen = ~(np.isfinite(positions).all(axis=-1) & np.isfinite(confidence))
        confidence = np.where(unseen, 0.0, confidence)
        if confidence.min() < -_CONFIDENCE_SLACK or confidence.max() > 1.0 + _CONFIDENCE_SLACK:
            raise FormatError(
                f"{file.path}: '{confidence_key}' runs from {confidence.min():g} to "
                f"{confidence.max():g}, expected 0 to 1"
            )
        self._positions_m = np.where(unseen[..., None], 0.0, positions)
        self._pixels = np.where(np.isfinite(pixels), pixels, 0.0)
        self._confidence = np.clip(confidence, 0.0, 1.0)

    def at(self, index: int) -> Keypoints | None:
        """None where nothing of the part was seen."""
        confidence: FloatArray = self._confidence[index]
        if not confidence.any():
            return None
        return Keypoints(self.layout, self._positions_m[index], self._pixels[index], confidence)


class ObservationArchive:
    """All frames of one file."""

    def __init__(self, file: NpzFile, *, vertical_fov_deg: float) -> None:
        body = file.floats("body_positions_m", [(None, Layout.MEDIAPIPE_BODY_33.count, 3)])
        self.count = len(body)
        if self.count == 0:
            raise FormatError(f"{file.path} holds no frames")
        self.fps = file.rate(["fps"])
        self.times_ns = np.round(np.arange(self.count) * (1e9 / self.fps)).astype(np.int64)
        if file.has("capture_time_ns"):
            times_ns = file.times_ns("capture_time_ns", self.count)
            self.times_ns = times_ns - times_ns[0]
        self.size_px: tuple[int, int] | None = None
        self._camera: Intrinsics | None = None
        if file.has("image_size_px"):
            size = file.floats("image_size_px", [(2,)])
            if not np.isfinite(size).all() or size.min() < 1 or size.max() > 1e5:
                raise FormatError(f"{file.path}: 'image_size_px' is {size}, expected width, height")
            self.size_px = (int(size[0]), int(size[1]))
            self._camera = Intrinsics.from_fov(*self.size_px, vertical_fov_deg=vertical_fov_deg)
        self._parts = {
            part: _Part(file, part, layout, key, count=self.count)
            for part, layout, key in _PARTS
            if file.has(key)
        }
        self._arkit: FloatArray | None = None
        if file.has("arkit"):
            self._arkit = file.floats("arkit", [(self.count, ARKIT_COUNT)])

    def item(self, index: int, stamp: Stamp) -> Observation:
        """Frame ``index``."""
        parts: dict[str, Any] = {part: arrays.at(index) for part, arrays in self._parts.items()}
        arkit = None if self._arkit is None else self._arkit[index]
        if arkit is not None and not np.isfinite(arkit).all():
            arkit = None
        return Observation(stamp, **parts, arkit=arkit, camera=self._camera)
