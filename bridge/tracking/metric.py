"""From landmarks in the picture to metres in camera axes.

MediaPipe gives hands and faces as picture coordinates whose depth has the scale of x: an
unknown factor away from metres. The factor comes from a length that hardly differs between
people.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bridge.kinematics import rest_joints_m
from bridge.layouts import HandLandmark
from bridge.skeleton import SmplxJoint
from bridge.types import FloatArray

Array = NDArray[np.floating[Any]]

# Outer corner of one eye to that of the other: mean of 91.2 mm (men) and 87.8 mm (women),
# L. Farkas, "Anthropometry of the Head and Face" (1994), North American adults.
BIOCULAR_WIDTH_M: Final = 0.0895

# Rows of MediaPipe's face mesh; right and left are the performer's own.
RIGHT_EYE_OUTER: Final = 33
RIGHT_EYE_INNER: Final = 133
LEFT_EYE_INNER: Final = 362
LEFT_EYE_OUTER: Final = 263
RIGHT_IRIS_ROWS: Final = slice(468, 473)  # centre, then four on the rim
LEFT_IRIS_ROWS: Final = slice(473, 478)
FACE_ROWS_WITHOUT_IRISES: Final = 468
FACE_ROWS: Final = 478

# Bones of the palm, which is nearly rigid: their lengths tell the scale of a hand.
_PALM_BONES: Final = (
    (HandLandmark.WRIST, HandLandmark.INDEX_MCP),
    (HandLandmark.WRIST, HandLandmark.MIDDLE_MCP),
    (HandLandmark.WRIST, HandLandmark.RING_MCP),
    (HandLandmark.WRIST, HandLandmark.PINKY_MCP),
    (HandLandmark.INDEX_MCP, HandLandmark.PINKY_MCP),
)
_PALM_STARTS: Final = np.array([start for start, _ in _PALM_BONES])
_PALM_ENDS: Final = np.array([end for _, end in _PALM_BONES])
_PALM_JOINTS: Final = {
    HandLandmark.WRIST: SmplxJoint.LEFT_WRIST,
    HandLandmark.INDEX_MCP: SmplxJoint.LEFT_INDEX1,
    HandLandmark.MIDDLE_MCP: SmplxJoint.LEFT_MIDDLE1,
    HandLandmark.RING_MCP: SmplxJoint.LEFT_RING1,
    HandLandmark.PINKY_MCP: SmplxJoint.LEFT_PINKY1,
}
_LENGTH_MIN_PX: Final = 1e-3  # a part this small in the picture has no measurable scale


def _palm_length_m() -> float:
    """The summed palm bones of the rest skeleton (finger table of ``bridge.kinematics``)."""
    rest = rest_joints_m()
    return float(
        sum(np.linalg.norm(rest[_PALM_JOINTS[a]] - rest[_PALM_JOINTS[b]]) for a, b in _PALM_BONES)
    )


PALM_LENGTH_M: Final = _palm_length_m()


def hand_positions_m(landmarks_px: Array) -> FloatArray:
    """Wrist-centred positions ``(21, 3)`` in camera axes.

    ``landmarks_px (21, 3)``: pixels, depth in the same unit. Palm bones get the summed length of
    an adult's, whatever the distance.
    """
    bones = landmarks_px[_PALM_ENDS] - landmarks_px[_PALM_STARTS]
    length_px = float(np.sqrt((bones * bones).sum(axis=1)).sum())
    scale = PALM_LENGTH_M / max(length_px, _LENGTH_MIN_PX)
    centred = landmarks_px - landmarks_px[HandLandmark.WRIST]
    return np.ascontiguousarray(centred * scale, np.float32)


def face_positions_m(landmarks_px: Array) -> FloatArray:
    """Positions ``(478, 3)`` in camera axes, origin midway between the inner eye corners.

    ``landmarks_px (478, 3)``: pixels, depth in the same unit. Scaled so that the outer eye
    corners are an adult's mean apart.
    """
    across = landmarks_px[LEFT_EYE_OUTER] - landmarks_px[RIGHT_EYE_OUTER]
    scale = BIOCULAR_WIDTH_M / max(float(np.sqrt(across @ across)), _LENGTH_MIN_PX)
    origin = 0.5 * (landmarks_px[RIGHT_EYE_INNER] + landmarks_px[LEFT_EYE_INNER])
    return np.ascontiguousarray((landmarks_px - origin) * scale, np.float32)


def with_irises(landmarks_px: Array) -> tuple[Array, FloatArray]:
    """A mesh of 468 rows filled up to 478, and its confidence ``(478,)``.

    Irises that were not tracked lie midway between the corners of their eye with confidence 0.
    """
    confidence = np.ones(FACE_ROWS, np.float32)
    if landmarks_px.shape[0] == FACE_ROWS:
        return landmarks_px, confidence
    full = np.zeros((FACE_ROWS, 3), landmarks_px.dtype)
    full[:FACE_ROWS_WITHOUT_IRISES] = landmarks_px
    for rows, inner, outer in (
        (RIGHT_IRIS_ROWS, RIGHT_EYE_INNER, RIGHT_EYE_OUTER),
        (LEFT_IRIS_ROWS, LEFT_EYE_INNER, LEFT_EYE_OUTER),
    ):
        full[rows] = 0.5 * (landmarks_px[inner] + landmarks_px[outer])
        confidence[rows] = 0.0
    return full, confidence
