"""Expressions on a set of landmarks: where skin goes when a face moves.

Our own displacement fields, written by hand over the regions of MediaPipe's mesh, in the head's
frame and the template's unit. They need not be the teacher's shapes: its answer to the picture
that they make is the label.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridge.solving.face.pose import load_template

Array = NDArray[np.float64]

# Regions on the performer's right; the template's mirror map gives the left.
UPPER_LID: Final = np.array([246, 161, 160, 159, 158, 157, 173])
LOWER_LID: Final = np.array([7, 163, 144, 145, 153, 154, 155])
UPPER_FOLD: Final = np.array([247, 30, 29, 27, 28, 56, 190])
LOWER_FOLD: Final = np.array([25, 110, 24, 23, 22, 26, 112])
EYE_ENDS: Final = np.array([33, 133])
IRIS: Final = np.arange(468, 473)
BROW_INNER: Final = np.array([107, 66, 55, 65])
BROW_OUTER: Final = np.array([70, 63, 105, 46, 53, 52])
MOUTH_CORNER: Final = np.array([61, 78, 76, 62])
CHEEK: Final = np.array([50, 101, 118, 117, 205])
NOSTRIL: Final = np.array([64, 98, 129, 102, 48, 115])
UPPER_LIP_HALF: Final = np.array([185, 40, 39, 37, 191, 80, 81, 82])
LOWER_LIP_HALF: Final = np.array([146, 91, 181, 84, 95, 88, 178, 87])
# Both sides.
UPPER_LIP_OUTER: Final = np.array([185, 40, 39, 37, 0, 267, 269, 270, 409])
UPPER_LIP_INNER: Final = np.array([191, 80, 81, 82, 13, 312, 311, 310, 415])
LOWER_LIP_OUTER: Final = np.array([146, 91, 181, 84, 17, 314, 405, 321, 375])
LOWER_LIP_INNER: Final = np.array([95, 88, 178, 87, 14, 317, 402, 318, 324])
CORNERS: Final = np.array([61, 78, 291, 308])
INNER_RING: Final = np.array(
    [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95]
)
LIPS: Final = np.unique(
    np.concatenate(
        (UPPER_LIP_OUTER, UPPER_LIP_INNER, LOWER_LIP_OUTER, LOWER_LIP_INNER, CORNERS,
         [76, 62, 306, 292, 74, 73, 72, 11, 302, 303, 304, 184, 183, 42, 41, 38, 12, 268, 271, 272,
          407, 408, 77, 90, 180, 85, 16, 315, 404, 320, 307, 96, 89, 179, 86, 15, 316, 403, 319,
          325])
    )
)  # fmt: skip

_JAW_HINGE: Final = np.array([0.0, -0.12, -0.45])  # below the ear
_JAW_OPEN_RAD: Final = 0.45
_MIRROR: Final = load_template().mirror
_NEUTRAL: Final = load_template().positions

SINGLE: Final = (
    "jaw_open", "jaw_side", "jaw_forward", "pucker", "funnel", "mouth_side", "roll_upper",
    "roll_lower", "shrug_upper", "shrug_lower", "press", "close",
)  # fmt: skip
SIDED: Final = (
    "blink", "squint", "wide", "brow_down", "brow_inner_up", "brow_outer_up", "smile", "frown",
    "stretch", "dimple", "upper_up", "lower_down", "sneer", "cheek_raise",
)  # fmt: skip


def deformed(points: Array, amounts: dict[str, float]) -> Array:
    """``points (478, 3)`` of a face in the head's frame with expressions put on.

    ``amounts``: names of ``SINGLE``, and of ``SIDED`` with ``_left`` or ``_right``, each about
    0–1 (``jaw_side`` and ``mouth_side`` −1–1, positive to the performer's left).
    """
    out = points.copy()
    for name, amount in amounts.items():
        if amount == 0.0:
            continue
        if name.endswith("_left"):
            mirrored = out[_MIRROR] * (-1.0, 1.0, 1.0)
            mirrored = _SIDED_MOVES[name.removesuffix("_left")](mirrored, amount)
            out = mirrored[_MIRROR] * (-1.0, 1.0, 1.0)
        elif name.endswith("_right"):
            out = _SIDED_MOVES[name.removesuffix("_right")](out, amount)
        else:
            out = _SINGLE_MOVES[name](out, amount)
    return out


def gazed(points: Array, *, yaw_rad: float, pitch_rad: float) -> Array:
    """Irises moved as if both eyes looked there."""
    out = points.copy()
    shift = 0.11 * np.array([np.sin(yaw_rad), np.sin(pitch_rad), 0.0])  # pupil's radius of turn
    out[468:478] += shift
    return out


def _near(rows: NDArray[np.intp], sigma: float) -> Array:
    """``(478, 1)``: 1 at the rows of a region, falling off with the distance from it."""
    distance = np.linalg.norm(_NEUTRAL[:, None, :2] - _NEUTRAL[None, rows, :2], axis=2).min(axis=1)
    falloff = np.exp(-0.5 * (distance / sigma) ** 2)
    falloff[468:] = 0.0  # irises move with the gaze alone
    return falloff[:, None]


def _shift(rows: NDArray[np.intp], vector: tuple[float, float, float], sigma: float):
    weights = _near(rows, sigma) * np.array(vector)
    return lambda points, amount: points + amount * weights


def _sequence(*moves):
    def move(points: Array, amount: float) -> Array:
        for one in moves:
            points = one(points, amount)
        return points

    return move


def _blink(points: Array, amount: float) -> Array:
    out = points.copy()
    gap = points[UPPER_LID] - points[LOWER_LID]
    down = -amount * 0.88 * gap
    out[UPPER_LID] += down
    out[LOWER_LID] += 0.12 * amount * gap
    out[UPPER_FOLD] += 0.6 * down
    return out


def _wide(points: Array, amount: float) -> Array:
    out = points.copy()
    gap = points[UPPER_LID] - points[LOWER_LID]
    out[UPPER_LID] += 0.35 * amount * gap
    out[UPPER_FOLD] += 0.2 * amount * gap
    out[LOWER_LID] -= 0.08 * amount * gap
    return out


def _squint(points: Array, amount: float) -> Array:
    out = points.copy()
    gap = points[UPPER_LID] - points[LOWER_LID]
    out[LOWER_LID] += 0.35 * amount * gap
    out[LOWER_FOLD] += 0.3 * amount * gap
    out[UPPER_LID] -= 0.12 * amount * gap
    return out


# Between the outer and the inner line of the lips, without the corners.
_UPPER_MIDDLE_RINGS: Final = np.array(
    [73, 72, 11, 302, 303, 41, 38, 12, 268, 271, 74, 304, 42, 272]
)
_LOWER_MIDDLE_RINGS: Final = np.array(
    [90, 180, 85, 16, 315, 404, 320, 89, 179, 86, 15, 316, 403, 319]
)


def _jaw_weights() -> Array:
    y = _NEUTRAL[:, 1]
    t = np.clip((-0.55 - y) / 0.30, 0.0, 1.0)
    weights = t * t * (3.0 - 2.0 * t)
    middle_y = _NEUTRAL[[13, 14], 1].mean()
    above = (y > middle_y) & (np.abs(_NEUTRAL[:, 0]) < 0.35)
    weights[above] = np.minimum(weights[above], 0.15)
    lips_y = _NEUTRAL[LIPS, 1]
    weights[LIPS] = np.where(lips_y > middle_y, 0.0, 1.0)
    weights[UPPER_LIP_INNER] = weights[UPPER_LIP_OUTER] = 0.0
    weights[LOWER_LIP_INNER] = weights[LOWER_LIP_OUTER] = 1.0
    weights[[61, 78, 76, 62, 291, 308, 306, 292]] = 0.5
    weights[[185, 191, 409, 415, 146, 95, 375, 324]] = (0.25, 0.25, 0.25, 0.25, 0.7, 0.7, 0.7, 0.7)
    weights[_UPPER_MIDDLE_RINGS] = 0.0
    weights[_LOWER_MIDDLE_RINGS] = 1.0
    weights[468:] = 0.0
    return weights[:, None]


_JAW: Final = _jaw_weights()


def _jaw_open(points: Array, amount: float) -> Array:
    angle = amount * _JAW_OPEN_RAD
    c, s = np.cos(angle), np.sin(angle)
    relative = points - _JAW_HINGE
    turned = relative.copy()
    turned[:, 1] = c * relative[:, 1] - s * relative[:, 2]
    turned[:, 2] = s * relative[:, 1] + c * relative[:, 2]
    out = points + _JAW * (turned - relative)
    # The corners come in a little when the mouth opens.
    return out + amount * _CORNERS_IN


_CORNERS_IN: Final = _near(np.array([61, 78]), 0.1) * (0.05, 0.0, 0.0) + _near(
    np.array([291, 308]), 0.1
) * (-0.05, 0.0, 0.0)
_AROUND_LIPS: Final = _near(LIPS, 0.10)


def _narrow(share: float, forward: float, opening: float):
    def move(points: Array, amount: float) -> Array:
        middle = points[[13, 14]].mean(axis=0)
        out = points.copy()
        out[:, 0:1] += _AROUND_LIPS * amount * share * (middle[0] - points[:, 0:1])
        out[:, 2:3] += _AROUND_LIPS * amount * forward
        for rows, sign in ((UPPER_LIP_INNER, 1.0), (LOWER_LIP_INNER, -1.0)):
            out[rows, 1] += sign * amount * opening
        for rows, sign in ((UPPER_LIP_OUTER, 1.0), (LOWER_LIP_OUTER, -1.0)):
            out[rows, 1] += sign * amount * (opening * 0.8 + 0.01)
        return out

    return move


def _roll(outer: NDArray[np.intp], inner: NDArray[np.intp]):
    def move(points: Array, amount: float) -> Array:
        out = points.copy()
        out[outer] += 0.6 * amount * (points[inner] - points[outer])
        out[outer, 2] -= 0.02 * amount
        return out

    return move


def _close(points: Array, amount: float) -> Array:
    """Bring the lips together, whatever the jaw does."""
    out = points.copy()
    gap = points[UPPER_LIP_INNER] - points[LOWER_LIP_INNER]
    out[LOWER_LIP_INNER] += 0.7 * amount * gap
    out[LOWER_LIP_OUTER] += 0.6 * amount * gap
    out[UPPER_LIP_INNER] -= 0.3 * amount * gap
    out[UPPER_LIP_OUTER] -= 0.25 * amount * gap
    return out


def _press(points: Array, amount: float) -> Array:
    points = _roll(UPPER_LIP_OUTER, UPPER_LIP_INNER)(points, 0.6 * amount)
    return _roll(LOWER_LIP_OUTER, LOWER_LIP_INNER)(points, 0.6 * amount)


_CHIN: Final = np.array([152, 175, 199, 148, 377, 171, 396, 200, 18])
_SINGLE_MOVES: Final = {
    "jaw_open": _jaw_open,
    "jaw_side": lambda points, amount: points + _JAW * np.array([0.09 * amount, 0.0, 0.0]),
    "jaw_forward": lambda points, amount: points + _JAW * np.array([0.0, 0.0, 0.07 * amount]),
    "pucker": _narrow(0.42, 0.07, 0.005),
    "funnel": _narrow(0.30, 0.06, 0.05),
    "mouth_side": lambda points, amount: points + _AROUND_LIPS * (0.09 * amount, 0.0, 0.0),
    "roll_upper": _roll(UPPER_LIP_OUTER, UPPER_LIP_INNER),
    "roll_lower": _roll(LOWER_LIP_OUTER, LOWER_LIP_INNER),
    "shrug_upper": _shift(
        np.concatenate((UPPER_LIP_OUTER, UPPER_LIP_INNER)), (0, 0.04, 0.02), 0.05
    ),
    "shrug_lower": _sequence(
        _shift(np.concatenate((LOWER_LIP_OUTER, LOWER_LIP_INNER)), (0, 0.04, 0.02), 0.05),
        _shift(_CHIN, (0, 0.04, 0.0), 0.08),
    ),
    "press": _press,
    "close": _close,
}
_SIDED_MOVES: Final = {
    "blink": _blink,
    "squint": _squint,
    "wide": _wide,
    "brow_down": _sequence(
        _shift(BROW_INNER, (0.02, -0.055, 0.01), 0.06), _shift(BROW_OUTER, (0.0, -0.035, 0.0), 0.06)
    ),
    "brow_inner_up": _shift(BROW_INNER, (0.0, 0.07, 0.0), 0.07),
    "brow_outer_up": _shift(BROW_OUTER, (0.0, 0.07, 0.0), 0.07),
    "smile": _sequence(
        _shift(MOUTH_CORNER, (-0.09, 0.07, -0.05), 0.10), _shift(CHEEK, (-0.01, 0.035, 0.01), 0.12)
    ),
    "frown": _shift(MOUTH_CORNER, (-0.01, -0.07, -0.01), 0.08),
    "stretch": _shift(MOUTH_CORNER, (-0.09, -0.01, -0.04), 0.10),
    "dimple": _shift(MOUTH_CORNER, (-0.05, 0.01, -0.05), 0.06),
    "upper_up": _shift(UPPER_LIP_HALF, (0.0, 0.06, 0.0), 0.05),
    "lower_down": _shift(LOWER_LIP_HALF, (0.0, -0.06, 0.0), 0.05),
    "sneer": _shift(NOSTRIL, (0.0, 0.045, 0.0), 0.06),
    "cheek_raise": _sequence(
        _shift(CHEEK, (0.0, 0.05, 0.01), 0.10), _shift(LOWER_FOLD, (0.0, 0.02, 0.0), 0.04)
    ),
}
