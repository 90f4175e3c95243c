"""The canonical hand, its axes and the limits of its joints.

Everything is in the **canonical wrist frame**: the left hand in the T-pose, so +x along the
fingers, +y the back of the hand, +z the thumb's side. A right hand is reflected into it.

Limits follow the normal ranges of the American Academy of Orthopaedic Surgeons (W. Greene and
J. Heckman, *The Clinical Measurement of Joint Motion*, 1994), a little wider where hands of
normal people go further without force.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bridge.geometry import normalise
from bridge.kinematics import rest_joints_m
from bridge.skeleton import SmplxJoint
from bridge.solving.parts import Array

FINGERS: Final = ("INDEX", "MIDDLE", "PINKY", "RING")  # SMPL-X's order; the thumb comes last

MCP_FLEXION_RAD: Final = (np.radians(-40.0), np.radians(95.0))  # AAOS: 45 extension, 90 flexion
PIP_FLEXION_RAD: Final = (np.radians(-5.0), np.radians(115.0))  # AAOS: 0 to 100
DIP_FLEXION_RAD: Final = (np.radians(-10.0), np.radians(85.0))  # AAOS: 0 to 70–90
# AAOS gives about 20 degrees of spread from the middle finger each way; the index and the
# little finger reach further outward than inward. Positive is towards the thumb. By FINGERS.
SPREAD_MIN_RAD: Final[Array] = np.radians([-15.0, -18.0, -35.0, -25.0])
SPREAD_MAX_RAD: Final[Array] = np.radians([25.0, 18.0, 12.0, 15.0])
# The collateral ligaments are taut in the bent knuckle: hardly any spread is left.
SPREAD_SHARE_WHEN_BENT: Final = 0.35

# The deep flexor bends both joints together: DIP = 2/3 PIP (H. Rijpkema and M. Girard,
# "Computer animation of knowledge-based human grasping", SIGGRAPH 1991).
DIP_PER_PIP: Final = 2.0 / 3.0

THUMB_CMC_FLEXION_RAD: Final = (np.radians(-45.0), np.radians(50.0))  # in the palm's plane
THUMB_CMC_SPREAD_RAD: Final = (np.radians(-50.0), np.radians(35.0))  # out of it; AAOS: 70
THUMB_CMC_TWIST_RAD: Final = np.radians(35.0)  # pronation that opposition brings with it
THUMB_MCP_FLEXION_RAD: Final = (np.radians(-15.0), np.radians(60.0))  # AAOS: 0 to 50
THUMB_IP_FLEXION_RAD: Final = (np.radians(-20.0), np.radians(85.0))  # AAOS: 20 ext. to 80
# Bent fingers point to the scaphoid, not straight down: their planes are twisted a little, and
# passively knuckles give up to about 20 degrees.
TWIST_RAD: Final = np.radians(20.0)


def _canonical_offset(joint: str, origin: str) -> Array:
    rest = rest_joints_m().astype(np.float64)
    return rest[SmplxJoint[f"LEFT_{joint}"]] - rest[SmplxJoint[f"LEFT_{origin}"]]


# Wrist and the four knuckles, the part of the hand that does not bend: (5, 3) metres.
PALM_TEMPLATE_M: Final[Array] = np.stack(
    [np.zeros(3), *(_canonical_offset(f"{finger}1", "WRIST") for finger in FINGERS)]
)

THUMB_REST: Final[Array] = normalise(_canonical_offset("THUMB2", "THUMB1"))
# The thumb's nail looks sideways when the fingers' nails look up, so it bends almost in the
# plane of the palm, across it, and a little towards the palm's inner side.
_THUMB_CURL_TOWARDS: Final[Array] = np.array([0.0, -0.25, -1.0])
THUMB_CURL: Final[Array] = normalise(
    _THUMB_CURL_TOWARDS - THUMB_REST * float(_THUMB_CURL_TOWARDS @ THUMB_REST)
)
THUMB_FLEXION_AXIS: Final[Array] = np.cross(THUMB_REST, THUMB_CURL)

# Limits of all five digits, the fingers and then the thumb; columns as ``digits.Angle``: spread,
# flexion and twist of the base, bends of the two hinges.
_RANGES_RAD: Final[Array] = np.stack(
    [
        np.array([(low, high), MCP_FLEXION_RAD, (-TWIST_RAD, TWIST_RAD),
                  PIP_FLEXION_RAD, DIP_FLEXION_RAD])
        for low, high in zip(SPREAD_MIN_RAD, SPREAD_MAX_RAD, strict=True)
    ]
    + [
        np.array([THUMB_CMC_SPREAD_RAD, THUMB_CMC_FLEXION_RAD,
                  (-THUMB_CMC_TWIST_RAD, THUMB_CMC_TWIST_RAD),
                  THUMB_MCP_FLEXION_RAD, THUMB_IP_FLEXION_RAD])
    ]
)  # fmt: skip
ANGLE_MIN_RAD: Final[Array] = _RANGES_RAD[..., 0]
ANGLE_MAX_RAD: Final[Array] = _RANGES_RAD[..., 1]

# Rows: a digit's own axes in the canonical wrist frame: along it at rest, its back, and sideways
# so that it bends about the third one's negative. The fingers' are the wrist's.
DIGIT_AXES: Final[Array] = np.stack(
    [*(np.eye(3) for _ in FINGERS), np.stack((THUMB_REST, -THUMB_CURL, -THUMB_FLEXION_AXIS))]
)
