"""All five digits at once: joint angles from segment vectors, by constrained least squares.

A digit has five angles: spread and flexion of its base, a twist of its bending plane, and the
bends of its two hinges. The fit weighs what the landmarks say against where the digit was, how
tendons couple the last two joints, and how little a bending plane twists: one Gauss-Newton step
a frame, which is the update of an extended Kalman filter (B. Bell and F. Cathey, "The iterated
Kalman filter update as a Gauss-Newton method", IEEE Trans. Automatic Control 38(2), 1993); then
limits. Landmarks without noise are met exactly and without lag; noisy ones are averaged over
joints and time.

Digits are stacked: the fingers of ``anatomy.FINGERS``, then the thumb, each in its own axes
(+x along it at rest, +y its back, +z to the thumb's side).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from bridge.solving.hands import anatomy
from bridge.solving.parts import Array

DIGITS: Final = 5


class Angle(IntEnum):
    """The columns of a digit's angles, radians."""

    SPREAD = 0
    FLEXION = 1
    TWIST = 2
    MIDDLE = 3
    LAST = 4


_TURN_RAD: Final = 2.0 * np.pi
_MIDDLE_OF_RANGE: Final = 0.5 * (anatomy.ANGLE_MIN_RAD + anatomy.ANGLE_MAX_RAD)
# Weight of the belief that a finger bends straight towards the palm, against the two or three
# unit vectors of its segments: it decides only where these say next to nothing.
_STRAIGHT_PRIOR: Final = 0.15

# Neighbouring segments share a landmark, so their errors are correlated: the inverse of that
# matrix, split into a product. The knuckle is half as noisy as the rest, for the palm knows it.
_SHARED_NOISE: Final = np.array([[1.5, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]])
_WHITEN: Final[Array] = np.linalg.inv(np.linalg.cholesky(_SHARED_NOISE))

# How far the last joint is from where tendons put it, and planes from straight.
_COUPLING_STD_RAD: Final = np.radians(15.0)
_TWIST_WORTH: Final = np.radians([10.0, 10.0, 10.0, 10.0, 30.0]) ** -2.0
# How fast angles wander: squared radians a second, here as degrees in the first second.
_WANDER: Final = np.radians([60.0, 120.0, 6.0, 150.0, 120.0]) ** 2
# Of one round: farther, the linear model says nothing.
_STEP_MIN_RAD, _STEP_MAX_RAD = np.array([-1.0]), np.array([1.0])
_MISFIT_MAX: Final = 0.4  # about 40 degrees off in the mean: perhaps a wrong way round
_START_VARIANCE: Final = 100.0


def first_angles(segments: Array) -> Array:
    """Angles ``(5, 5)`` straight from segment vectors ``(5, 3, 3)``, each in its digit's axes.

    The spread is the principal axis of the segments' shadows on the palm, which is right for
    straight, bent and fully closed fingers alike; the plane is not twisted.
    """
    lengths = np.sqrt(np.add.reduce(segments * segments, axis=2))
    along, up, across = (segments[..., i] / lengths for i in range(3))
    shadow = (along + 1j * across) ** 2  # doubles the angle: a line has no direction
    spread = 0.5 * np.angle(shadow.sum(axis=1) + _STRAIGHT_PRIOR)
    cos, sin = np.cos(spread)[:, None], np.sin(spread)[:, None]
    elevation = np.arctan2(-up, along * cos + across * sin)  # 0 straight, + towards the palm
    out = np.zeros((DIGITS, len(Angle)))
    out[:, Angle.SPREAD] = spread
    bent = np.zeros(DIGITS)
    for segment, angle in enumerate((Angle.FLEXION, Angle.MIDDLE, Angle.LAST)):
        off = elevation[:, segment] - bent - _MIDDLE_OF_RANGE[:, angle]
        off -= _TURN_RAD * np.round(off / _TURN_RAD)
        out[:, angle] = off + _MIDDLE_OF_RANGE[:, angle]
        bent += out[:, angle]
    return within_limits(out)


def within_limits(angles: Array) -> Array:
    """Angles ``(5, 5)`` inside the joints' ranges; a bent knuckle spreads little."""
    out = np.minimum(np.maximum(angles, anatomy.ANGLE_MIN_RAD), anatomy.ANGLE_MAX_RAD)
    spread = out[:4, Angle.SPREAD]
    bent = np.maximum(np.sin(out[:4, Angle.FLEXION]), _STRAIGHT)
    low = anatomy.SPREAD_MIN_RAD + _LESS_MIN_RAD * bent
    high = anatomy.SPREAD_MAX_RAD + _LESS_MAX_RAD * bent
    np.minimum(np.maximum(spread, low), high, out=spread)
    return out


_STRAIGHT: Final = np.zeros(1)
_LESS_MIN_RAD: Final = anatomy.SPREAD_MIN_RAD * (anatomy.SPREAD_SHARE_WHEN_BENT - 1.0)
_LESS_MAX_RAD: Final = anatomy.SPREAD_MAX_RAD * (anatomy.SPREAD_SHARE_WHEN_BENT - 1.0)


@dataclass(frozen=True, slots=True)
class Linearised:
    """The segments as they should be, in the axes of each digit's base as it stands:
    ``own_from_base (5, 3, 3)``, ``directions (5, 3, 3)``, and their derivatives by each angle,
    ``slopes (5, 3, 5, 3)``: digit, segment, angle, axis."""

    own_from_base: Array
    directions: Array
    slopes: Array


def linearised(angles: Array) -> Linearised:
    """The model of all digits about ``angles (5, 5)``."""
    # Cosines and sines of the base's angles and of the segments' bends, all at once.
    turns = np.exp(angles.dot(_TURNS)).view(np.float64).reshape(DIGITS, _BASE_ANGLES + 3, 2)
    trig = _TRIG.copy()
    trig[..., :2] = turns[:, :_BASE_ANGLES]
    products = trig[:, 0, :, None] * trig[:, 1, None, :]
    products = products[..., None] * trig[:, 2, None, None, :]
    own_from_base = products.reshape(DIGITS, 27).dot(_BASE_TABLE).reshape(DIGITS, 3, 3)
    bends = turns[:, _BASE_ANGLES:].reshape(DIGITS * 3, 2)
    # What each angle turns about, in the base's axes.
    axes = _HINGES.copy()
    np.negative(own_from_base[:, 1], out=axes[:, Angle.SPREAD])
    np.negative(trig[:, 2, 1::-1], out=axes[:, Angle.FLEXION, 1:])
    crossed = bends.dot(_CROSS_TABLE).reshape(DIGITS, 3, 3, 3)
    directions = bends.dot(_DIRECTION_TABLE).reshape(DIGITS, 3, 3)
    return Linearised(own_from_base, directions, (axes[:, None] @ crossed) * _MOVES)


def _tables() -> tuple[Array, Array, Array]:
    """Constant tensors that write out the sums of products of sines and cosines.

    ``(27, 9)`` the matrix of spread about -y, flexion about -z and twist about x from products of
    (cos, sin, 1) of each; ``(2, 9)`` the matrix by which an axis is multiplied to be crossed with
    a segment's direction (cos, -sin, 0), from its cosine and sine; ``(2, 3)`` that direction.
    """
    cos, sin, one = np.eye(3)

    def product(spread: Array, flexion: Array, twist: Array) -> Array:
        return np.einsum("i,j,k->ijk", spread, flexion, twist).reshape(27)

    # Columns of the matrix without its twist, then turned about the first.
    first = (product(cos, cos, one), -product(one, sin, one), product(sin, cos, one))
    back = ((cos, sin, 1.0), (one, cos, 1.0), (sin, sin, 1.0))
    side = ((sin, one, -1.0), (one, one, 0.0), (cos, one, 1.0))
    matrix = np.zeros((27, 3, 3))
    for row in range(3):
        (a, b, sign_back), (c, d, sign_side) = back[row], side[row]
        matrix[:, row, 0] = first[row]
        matrix[:, row, 1] = product(a, b, cos) * sign_back + product(c, d, sin) * sign_side
        matrix[:, row, 2] = product(c, d, cos) * sign_side - product(a, b, sin) * sign_back
    crossed = np.zeros((2, 3, 3))
    crossed[1, 0, 2], crossed[0, 1, 2] = -1.0, -1.0
    crossed[1, 2, 0], crossed[0, 2, 1] = 1.0, 1.0
    return matrix.reshape(27, 9), crossed.reshape(2, 9), np.array([[1.0, 0, 0], [0, -1.0, 0]])


_BASE_ANGLES: Final = 3
_TRIG: Final[Array] = np.ones((DIGITS, _BASE_ANGLES, 3))  # cosine, sine and 1 of each
_BASE_TABLE, _CROSS_TABLE, _DIRECTION_TABLE = _tables()
# Columns: the base's angles, then the bend of each segment; imaginary, for exp(i x).
_TURNS: Final = np.zeros((len(Angle), _BASE_ANGLES + 3), np.complex128)
_TURNS[:_BASE_ANGLES, :_BASE_ANGLES] = 1j * np.eye(_BASE_ANGLES)
_TURNS[Angle.MIDDLE, _BASE_ANGLES + 1 :] = 1j
_TURNS[Angle.LAST, _BASE_ANGLES + 2] = 1j
_HINGES: Final[Array] = np.zeros((DIGITS, len(Angle), 3))
_HINGES[:, Angle.TWIST, 0] = 1.0
_HINGES[:, Angle.MIDDLE :, 2] = -1.0
# Which segments each angle moves, (segment, angle, 1).
_MOVES: Final[Array] = np.ones((3, len(Angle), 1))
_MOVES[0, Angle.MIDDLE :] = 0.0
_MOVES[1, Angle.LAST] = 0.0


class DigitFilter:
    """Follows the angles of one hand's digits."""

    def __init__(self, *, coupling: float) -> None:
        # 0 gives the tendons no say, 1 all of it.
        worth = coupling / max(1.0 - coupling, 1e-3) / _COUPLING_STD_RAD**2
        row = np.zeros(len(Angle))
        row[Angle.LAST], row[Angle.MIDDLE] = 1.0, -anatomy.DIP_PER_PIP
        self._usual = np.zeros((DIGITS, len(Angle), len(Angle)))
        self._usual[:4] = worth * np.outer(row, row)
        self._usual[:, Angle.TWIST, Angle.TWIST] += _TWIST_WORTH
        self.reset()

    def reset(self) -> None:
        """Forget the hand."""
        self.angles: Array | None = None
        self._misfit = 0.0
        self._variance = np.full((DIGITS, len(Angle)), _START_VARIANCE)

    def step(
        self,
        segments: Array,
        lengths: Array,
        *,
        noise: float,
        dt_s: float,
        follow: Array | None = None,
    ) -> Array:
        """Angles ``(5, 5)`` after one frame.

        ``segments (5, 3, 3)`` vectors, each in its digit's axes, and their true ``lengths
        (5, 3)``, any common unit; ``noise``: standard deviation of a landmark in that unit;
        ``follow (5,)``: the share of its way that each digit may go, all of it if None.
        """
        before = self.angles
        if before is None:
            before = first_angles(segments)
        else:
            self._variance = self._variance + _WANDER * max(dt_s, 0.0)
            if self._misfit > _MISFIT_MAX:
                before = self._found_again(segments, lengths, before)
        worth = 1.0 / self._variance
        pull = before * worth
        prior = self._usual.copy()
        diagonal = _diagonal(prior)
        diagonal += worth
        linear = linearised(before)
        model = np.empty((DIGITS, 3, 1 + len(Angle), 3))
        length = lengths[:, :, None]
        off = np.subtract(
            segments @ linear.own_from_base, linear.directions * length, out=model[:, :, 0]
        )
        self._misfit = max(_misfit(off, lengths).tolist())
        np.multiply(linear.slopes, length[..., None], out=model[:, :, 1:])
        rows = (_WHITEN @ model.reshape(DIGITS, 3, -1)).reshape(DIGITS, 3, -1, 3)
        rows = rows.swapaxes(1, 2).reshape(DIGITS, -1, 9)
        # Products of all slopes and, in the first column, of each with what is off.
        normal = (rows[:, 1:] @ rows.swapaxes(1, 2)) * noise**-2.0
        inverse = np.linalg.inv(prior + normal[..., 1:])
        force = normal[..., :1] + pull[..., None] - prior @ before[..., None]
        step = np.minimum(np.maximum((inverse @ force)[..., 0], _STEP_MIN_RAD), _STEP_MAX_RAD)
        if follow is not None:
            step *= follow[:, None]
        angles = within_limits(before + step)
        self._variance = _diagonal(inverse).copy()
        self.angles = angles
        return angles

    def _found_again(self, segments: Array, lengths: Array, before: Array) -> Array:
        """``before`` with those digits taken anew that small steps cannot bring to their place."""

        def misfit(angles: Array) -> Array:
            linear = linearised(angles)
            off = segments @ linear.own_from_base - linear.directions * lengths[:, :, None]
            return _misfit(off, lengths)

        anew = first_angles(segments)
        lost = misfit(anew) < 0.5 * misfit(before) - 0.1
        self._variance[lost] = _START_VARIANCE
        return np.where(lost[:, None], anew, before)


def _misfit(off: Array, lengths: Array) -> Array:
    """``(5,)`` squared errors of each digit as shares of its squared lengths."""
    squares = (off * off).reshape(DIGITS, 9)
    return np.add.reduce(squares, axis=1) / np.add.reduce(lengths * lengths, axis=1)


def _diagonal(matrices: Array) -> Array:
    """A view ``(5, 5)`` of the diagonals of ``(5, 5, 5)``."""
    return matrices.reshape(DIGITS, -1)[:, :: len(Angle) + 1]


def digit_rotations(angles: Array) -> Array:
    """Local rotations ``(5, 3, 4)`` xyzw in each digit's own axes: base and two hinges."""
    trig = np.exp(angles * _HALF_TURN).view(np.float64).reshape(DIGITS, len(Angle), 2)
    out = np.zeros((DIGITS, 3, 4))
    out[:, 1:, 2:] = trig[:, Angle.MIDDLE :, ::-1] * _HINGE_SIGN
    products = trig[:, 0, :, None] * trig[:, 1, None, :]
    products = products[..., None] * trig[:, 2, None, None, :]
    out[:, 0] = products.reshape(DIGITS, 8).dot(_QUAT_TABLE)
    return out


_HALF_TURN: Final = np.array([0.5j])
_HINGE_SIGN: Final = np.array([-1.0, 1.0])  # hinges bend about -z


# Spread (about -y), then flexion (-z), then twist (x) of half angles, multiplied out; rows are
# products of (cos, sin) of each, columns x, y, z, w.
_QUAT_TABLE: Final[Array] = np.zeros((8, 4))
_QUAT_TABLE[[0b110, 0b001], 0] = 1.0
_QUAT_TABLE[[0b100, 0b011], 1] = -1.0
_QUAT_TABLE[0b010, 2], _QUAT_TABLE[0b101, 2] = -1.0, 1.0
_QUAT_TABLE[0b000, 3], _QUAT_TABLE[0b111, 3] = 1.0, -1.0
