"""Square, turned regions of a picture: where each model looks next.

The rules (which landmarks, how much margin, when the previous region still serves) are those of
MediaPipe's published holistic graph (``mediapipe/modules/holistic_landmark``, ``pose_landmark``;
0.10.21), written anew in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, floor, hypot, pi, sin
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.layouts import BodyLandmark, HandLandmark
from bridge.tracking.metric import LEFT_EYE_OUTER, RIGHT_EYE_OUTER

Array = NDArray[np.floating[Any]]

_UP: Final = 0.5 * pi  # the direction, in a turned region, of a person's or hand's own up
_SIZE_MIN_PX: Final = 2.0  # a smaller region holds no picture

_POSE_MARGIN: Final = 1.25
_HAND_FROM_BODY_MARGIN: Final = 2.7
_HAND_MARGIN: Final = 2.0
_HAND_TOWARDS_FINGERS: Final = 0.1  # of the region's size
_FACE_FROM_BODY_MARGIN: Final = 3.0
_FACE_FROM_DETECTION_MARGIN: Final = 2.0
_FACE_FROM_DETECTION_UP: Final = 0.1
_FACE_MARGIN: Final = 1.5

_FACE_OF_BODY: Final = np.arange(BodyLandmark.NOSE, BodyLandmark.MOUTH_RIGHT + 1)
# The nearly rigid part of a hand: without the finger ends, which would make the region jump.
_PALM: Final = np.array([0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18])


@dataclass(frozen=True, slots=True)
class Region:
    """A square in the picture; ``rotation_rad`` turns it clockwise as seen."""

    center_x_px: float
    center_y_px: float
    size_px: float
    rotation_rad: float

    def scaled(self, factor: float, *, shift_up: float = 0.0) -> Region:
        """Grown about a centre moved along the region's own up by a share of its old size."""
        along = shift_up * self.size_px
        return Region(
            self.center_x_px + along * sin(self.rotation_rad),
            self.center_y_px - along * cos(self.rotation_rad),
            self.size_px * factor,
            self.rotation_rad,
        )

    def inside_share(self, points_px: Array, *, margin: float = 0.0) -> float:
        """Share of ``points_px (N, 2)`` that lie in the region, widened by ``margin``."""
        own = self.own_axes(points_px)
        half = 0.5 * self.size_px * (1.0 + margin)
        return float((np.abs(own) < half).all(axis=1).mean())

    def own_axes(self, points_px: Array) -> Array:
        """Points ``(N, 2)`` relative to the centre, along the region's own right and down."""
        c, s = cos(self.rotation_rad), sin(self.rotation_rad)
        x = points_px[:, 0] - self.center_x_px
        y = points_px[:, 1] - self.center_y_px
        return np.stack((c * x + s * y, -s * x + c * y), axis=1)

    @property
    def usable(self) -> bool:
        """Large enough to hold a picture, and finite."""
        return _SIZE_MIN_PX < self.size_px < 1e6 and abs(self.center_x_px) < 1e6


@dataclass(frozen=True, slots=True)
class FollowingLimits:
    """How far the region from previous landmarks may lie off the one found anew."""

    rotation_rad: float
    translation: float  # share of the new region's size, along its own axes
    scale: float  # share of the new region's size
    margin: float  # by which the new region is widened to hold the previous landmarks


# The rules of MediaPipe's RoiTrackingCalculator in hand_tracking.pbtxt.
HAND_LIMITS: Final = FollowingLimits(
    rotation_rad=40.0 / 180.0 * pi, translation=0.2, scale=0.4, margin=-0.1
)


def still_serves(
    previous: Region, anew: Region, points_px: Array, *, limits: FollowingLimits
) -> bool:
    """Whether ``previous``, from landmarks ``points_px (N, 2)``, may be used instead of ``anew``.

    It gives the steadier crop; but after a fast movement it no longer holds the part.
    """
    turn = _wrapped(previous.rotation_rad - anew.rotation_rad)
    center = np.array([[previous.center_x_px, previous.center_y_px]])
    return (
        abs(turn) <= limits.rotation_rad
        and float(np.abs(anew.own_axes(center)).max()) <= limits.translation * anew.size_px
        and abs(previous.size_px - anew.size_px) <= limits.scale * anew.size_px
        and anew.inside_share(points_px, margin=limits.margin) == 1.0
    )


def whole_picture(width_px: int, height_px: int) -> Region:
    """The smallest upright square that holds the whole picture."""
    return Region(0.5 * width_px, 0.5 * height_px, float(max(width_px, height_px)), 0.0)


def pose_region(center_px: Array, edge_px: Array) -> Region:
    """From the two alignment points: mid-hip and a point at the distance of the head or feet."""
    dx, dy = (float(v) for v in edge_px - center_px)
    size = 2.0 * hypot(dx, dy) * _POSE_MARGIN
    return Region(float(center_px[0]), float(center_px[1]), size, _turn(dx, dy, _UP))


def hand_search_region(body_px: Array, wrist: int, pinky: int, index: int) -> Region:
    """Around the hand as the body landmarks ``(33, 2)`` tell, for the re-crop model."""
    middle = (2.0 * body_px[index] + body_px[pinky]) / 3.0
    dx, dy = (float(v) for v in middle - body_px[wrist])
    region = Region(float(middle[0]), float(middle[1]), 2.0 * hypot(dx, dy), _turn(dx, dy, _UP))
    return region.scaled(_HAND_FROM_BODY_MARGIN, shift_up=_HAND_TOWARDS_FINGERS)


def hand_region_from_recrop(center_px: Array, edge_px: Array) -> Region:
    """From the two points that the re-crop model gives."""
    dx, dy = (float(v) for v in edge_px - center_px)
    size = 2.0 * hypot(dx, dy)
    region = Region(float(center_px[0]), float(center_px[1]), size, _turn(dx, dy, -_UP))
    return region.scaled(1.0, shift_up=_HAND_TOWARDS_FINGERS)


def hand_region(hand_px: Array) -> Region:
    """From a hand's landmarks ``(21, 2)`` in the previous picture."""
    knuckles = (
        0.25 * (hand_px[HandLandmark.INDEX_MCP] + hand_px[HandLandmark.RING_MCP])
        + 0.5 * hand_px[HandLandmark.MIDDLE_MCP]
    )
    dx, dy = (float(v) for v in knuckles - hand_px[HandLandmark.WRIST])
    tight = _turned_box(hand_px[_PALM], _turn(dx, dy, _UP), shift_up=_HAND_TOWARDS_FINGERS)
    return tight.scaled(_HAND_MARGIN)


def face_search_region(body_px: Array) -> Region:
    """Around the face as the body landmarks ``(33, 2)`` tell, for the face detector."""
    across = body_px[BodyLandmark.LEFT_EYE] - body_px[BodyLandmark.RIGHT_EYE]
    tight = _upright_box(body_px[_FACE_OF_BODY], _turn(float(across[0]), float(across[1]), 0.0))
    return tight.scaled(_FACE_FROM_BODY_MARGIN)


def face_region_from_detection(keypoints_px: Array) -> Region:
    """From the detector's six points ``(6, 2)``: right eye, left eye, nose, mouth, ears."""
    across = keypoints_px[1] - keypoints_px[0]
    turn = _turn(float(across[0]), float(across[1]), 0.0)
    tight = _upright_box(keypoints_px, turn, shift_up=_FACE_FROM_DETECTION_UP)
    return tight.scaled(_FACE_FROM_DETECTION_MARGIN)


def face_region(face_px: Array) -> Region:
    """From a face's landmarks ``(468 or more, 2)`` in the previous picture."""
    across = face_px[LEFT_EYE_OUTER] - face_px[RIGHT_EYE_OUTER]
    tight = _upright_box(face_px, _turn(float(across[0]), float(across[1]), 0.0))
    return tight.scaled(_FACE_MARGIN)


def _turn(dx: float, dy: float, wanted_rad: float) -> float:
    """The rotation that brings direction (dx, dy), y down, to ``wanted_rad``, y up."""
    return _wrapped(wanted_rad - atan2(-dy, dx))


def _wrapped(angle_rad: float) -> float:
    return angle_rad - 2.0 * pi * floor((angle_rad + pi) / (2.0 * pi))


def _upright_box(points_px: Array, rotation_rad: float, *, shift_up: float = 0.0) -> Region:
    """Encloses the points tightly along the picture's axes; ``shift_up`` as in ``_square``."""
    low, high = points_px.min(axis=0), points_px.max(axis=0)
    return _square(0.5 * (low + high), high - low, rotation_rad, shift_up)


def _turned_box(points_px: Array, rotation_rad: float, *, shift_up: float = 0.0) -> Region:
    """Encloses the points tightly along its own axes; ``shift_up`` as in ``_square``."""
    origin = 0.5 * (points_px.min(axis=0) + points_px.max(axis=0))
    frame = Region(float(origin[0]), float(origin[1]), 0.0, rotation_rad)
    own = frame.own_axes(points_px)
    low, high = own.min(axis=0), own.max(axis=0)
    x, y = (float(v) for v in 0.5 * (low + high))
    c, s = cos(rotation_rad), sin(rotation_rad)
    center = np.array([frame.center_x_px + c * x - s * y, frame.center_y_px + s * x + c * y])
    return _square(center, high - low, rotation_rad, shift_up)


def _square(center_px: Array, extent_px: Array, rotation_rad: float, shift_up: float) -> Region:
    """The square on the longer side of a box, moved along its own up by a share of its height."""
    along = shift_up * float(extent_px[1])
    return Region(
        float(center_px[0]) + along * sin(rotation_rad),
        float(center_px[1]) - along * cos(rotation_rad),
        float(extent_px.max()),
        rotation_rad,
    )
