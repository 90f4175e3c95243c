"""Rows of MediaPipe's face mesh (478) that the face solver names.

Left and right are the performer's own. Rows 468–477 are the irises: centre, then four points on
the rim.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray


class FaceLandmark(IntEnum):
    """Single points of the mesh."""

    NOSE_TIP = 1
    NOSE_BRIDGE = 6
    NASION = 168
    CHIN = 152
    FOREHEAD_TOP = 10
    UPPER_LIP_INSIDE = 13
    LOWER_LIP_INSIDE = 14
    MOUTH_RIGHT = 61
    MOUTH_LEFT = 291
    RIGHT_EYE_OUTER = 33
    RIGHT_EYE_INNER = 133
    LEFT_EYE_INNER = 362
    LEFT_EYE_OUTER = 263
    RIGHT_IRIS = 468
    LEFT_IRIS = 473


# Pairs of opposite lid points, outer, middle and inner third: (side left/right, pair, upper/lower).
EYELIDS: Final[NDArray[np.intp]] = np.array(
    [
        [[387, 373], [386, 374], [385, 380]],
        [[160, 144], [159, 145], [158, 153]],
    ]
)
EYE_CORNERS: Final[NDArray[np.intp]] = np.array(  # side left/right, outer/inner
    [
        [FaceLandmark.LEFT_EYE_OUTER, FaceLandmark.LEFT_EYE_INNER],
        [FaceLandmark.RIGHT_EYE_OUTER, FaceLandmark.RIGHT_EYE_INNER],
    ]
)
IRIS_CENTRES: Final[NDArray[np.intp]] = np.array([FaceLandmark.LEFT_IRIS, FaceLandmark.RIGHT_IRIS])

# Skin over bone that neither lids, brows, cheeks nor mouth move much, with its weight in the
# rigid fit: eye corners, bridge of the nose, hairline, temples and the region before the ears.
RIGID_WEIGHTS: Final[dict[int, float]] = {
    33: 1.0, 133: 1.0, 362: 1.0, 263: 1.0,
    6: 1.0, 197: 1.0, 195: 0.7, 168: 0.7, 122: 0.7, 351: 0.7,
    1: 0.5, 4: 0.5, 5: 0.7,
    10: 0.5, 109: 0.5, 338: 0.5, 67: 0.5, 297: 0.5, 54: 0.7, 284: 0.7, 103: 0.5, 332: 0.5,
    21: 1.0, 251: 1.0, 162: 1.0, 389: 1.0, 127: 1.0, 356: 1.0, 234: 0.7, 454: 0.7,
}  # fmt: skip
