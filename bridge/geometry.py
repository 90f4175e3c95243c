"""Rotations, vectorised, and the only home of axis and handedness conversion.

Quaternions are ``xyzw``; functions take ``(..., 4)``, ``(..., 3)`` or ``(..., 3, 3)`` and
broadcast. ``a_from_b`` names a rotation that takes coordinates in b to coordinates in a.
"""

from __future__ import annotations

from math import cos, sin
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_CLEAR_W: Final = 0.1  # four times the square of a w that is large enough to divide by
_EPSILON: Final = 1e-12  # below this a squared length counts as zero
_TINY: Final = 1e-30  # keeps x/x at 1 where x is 0, in single precision too

IDENTITY_XYZW: Final = np.array([0.0, 0.0, 0.0, 1.0], np.float32)
IDENTITY_XYZW.flags.writeable = False


def _outer_tables() -> tuple[Floats, Floats]:
    """Linear map from a rotation matrix to ``4 q qᵀ`` with ``q = (x, y, z, w)``."""
    linear = np.zeros((3, 3, 4, 4))
    for i in range(3):
        for j in range(3):
            # Diagonal: 1 + 2 m_ii - trace for x, y, z and 1 + trace for w.
            linear[j, j, i, i] = 1.0 if i == j else -1.0
            if i != j:
                linear[i, j, i, j] = linear[j, i, i, j] = 1.0
        linear[i, i, 3, 3] = 1.0
        after, last = (i + 1) % 3, (i + 2) % 3
        for row, column in ((i, 3), (3, i)):
            linear[last, after, row, column] = 1.0
            linear[after, last, row, column] = -1.0
    return linear.reshape(9, 16), np.eye(4).reshape(16)


_OUTER_FROM_MATRIX, _OUTER_DIAGONAL = _outer_tables()
_MATRIX_FROM_OUTER: Final = np.ascontiguousarray(_OUTER_FROM_MATRIX.T)  # of a unit quaternion


def _hamilton_table() -> Floats:
    """Linear map ``(16, 4)`` from the products of two quaternions' components to their product."""
    table = np.zeros((4, 4, 4))
    x, y, z, w = range(4)
    for a, b, c in ((x, y, z), (y, z, x), (z, x, y)):
        table[a, b, c], table[b, a, c] = 1.0, -1.0
    for axis in (x, y, z):
        table[axis, w, axis] = table[w, axis, axis] = 1.0
        table[axis, axis, w] = -1.0
    table[w, w, w] = 1.0
    return table.reshape(16, 4)


_HAMILTON: Final = _hamilton_table()
# Spread the components of two quaternions so that each of one meets all of the other: (4, 16).
_EACH: Final = np.repeat(np.eye(4), 4, axis=1)
_ALL: Final = np.tile(np.eye(4), 4)


def _linear(values: Floats, table: Floats) -> Floats:
    """``(..., M)`` from ``(..., N)`` by ``table (N, M)``, in the precision of ``values``."""
    flat = values.reshape(-1, len(table)).dot(table.astype(values.dtype, copy=False))
    return flat.reshape(*values.shape[:-1], table.shape[1])


# Camera axes (x right, y down, z away) to the world of a camera that looks at the performer
# along the world's -Z, level: the picture's right is the performer's left, the world's +X.
_WORLD_SIGN_FROM_CAMERA: Final = np.array([1.0, -1.0, -1.0], np.float32)
_WORLD_SIGN_FROM_CAMERA.flags.writeable = False


def world_from_camera(vectors_camera: Floats, *, pitch_rad: float = 0.0) -> Floats:
    """Vectors ``(..., 3)`` from camera axes to world axes; ``pitch_rad`` > 0: it looks down."""
    vectors = vectors_camera * _WORLD_SIGN_FROM_CAMERA
    if pitch_rad == 0.0:
        return vectors
    # A camera pitched down sees "away" as forward and down: undo it about the world's X.
    out = vectors.copy()
    up, towards = vectors[..., 1], vectors[..., 2]
    out[..., 1] = cos(pitch_rad) * up + sin(pitch_rad) * towards
    out[..., 2] = cos(pitch_rad) * towards - sin(pitch_rad) * up
    return out


def camera_from_world(vectors_world: Floats, *, pitch_rad: float = 0.0) -> Floats:
    """Inverse of ``world_from_camera``."""
    if pitch_rad != 0.0:
        cos, sin = np.cos(pitch_rad), np.sin(pitch_rad)
        turned = vectors_world.copy()
        turned[..., 1] = cos * vectors_world[..., 1] - sin * vectors_world[..., 2]
        turned[..., 2] = sin * vectors_world[..., 1] + cos * vectors_world[..., 2]
        vectors_world = turned
    return vectors_world * _WORLD_SIGN_FROM_CAMERA


def unity_from_world_position(positions_m: Floats) -> Floats:
    """Right-handed world to Unity's left-handed axes and back: ``(-x, y, z)``."""
    return positions_m * np.array([-1.0, 1.0, 1.0], positions_m.dtype)


def unity_from_world_rotation(rotations_xyzw: Floats) -> Floats:
    """Right-handed world to Unity's left-handed axes and back: ``(x, -y, -z, w)``."""
    return rotations_xyzw * np.array([1.0, -1.0, -1.0, 1.0], rotations_xyzw.dtype)


def mirror_rotation(rotations_xyzw: Floats) -> Floats:
    """Reflect rotations in the sagittal (YZ) plane; sides must be exchanged by the caller."""
    return rotations_xyzw * _MIRROR_XYZW.astype(rotations_xyzw.dtype, copy=False)


_MIRROR_XYZW: Final = np.array([1.0, -1.0, -1.0, 1.0])


def mirror_rotvec(rotvecs_rad: Floats) -> Floats:
    """Reflect axis-angles in the sagittal (YZ) plane; sides must be exchanged by the caller."""
    return rotvecs_rad * np.array([1.0, -1.0, -1.0], rotvecs_rad.dtype)


def mirror_position(positions_m: Floats) -> Floats:
    """Reflect positions in the sagittal (YZ) plane."""
    return positions_m * np.array([-1.0, 1.0, 1.0], positions_m.dtype)


def flip_rotation(rotations_xyzw: Floats, *, x: bool = False, z: bool = False) -> Floats:
    """Rotations as seen in a mirror across the YZ plane (``x``), the XY plane (``z``) or both."""
    sx, sz = (-1.0 if x else 1.0), (-1.0 if z else 1.0)
    return rotations_xyzw * np.array([sz, sx * sz, sx, 1.0], rotations_xyzw.dtype)


def flip_position(positions_m: Floats, *, x: bool = False, z: bool = False) -> Floats:
    """Positions as seen in a mirror across the YZ plane (``x``), the XY plane (``z``) or both."""
    signs = np.array([-1.0 if x else 1.0, 1.0, -1.0 if z else 1.0], positions_m.dtype)
    return positions_m * signs


# −90° about X: what points up along +Z points up along +Y.
_WORLD_FROM_Z_UP_XYZW: Final = np.array([-np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])
_WORLD_FROM_Z_UP_XYZW.flags.writeable = False


def world_from_z_up_position(positions_m: Floats) -> Floats:
    """Right-handed axes with +Z up (AMASS, Blender) to the world: ``(x, z, -y)``."""
    return np.stack((positions_m[..., 0], positions_m[..., 2], -positions_m[..., 1]), axis=-1)


def world_from_z_up_rotation(rotations_xyzw: Floats) -> Floats:
    """Rotations of a body in axes with +Z up to the world's axes."""
    return quat_multiply(_WORLD_FROM_Z_UP_XYZW, rotations_xyzw)


def camera_from_kinect_v2(positions_m: Floats) -> Floats:
    """Kinect v2's camera space (x to the sensor's left, y up, z away) to camera axes."""
    return positions_m * np.array([-1.0, -1.0, 1.0], positions_m.dtype)


def level_from_camera(up_camera: Floats) -> Floats:
    """The matrix ``(3, 3)`` that turns camera axes into those of a camera at the same place that
    stands level and looks the same way. ``up_camera (3,)`` unit: where up is for the camera."""
    ahead = np.array([0.0, 0.0, 1.0], up_camera.dtype)
    ahead = normalise(ahead - up_camera * float(ahead @ up_camera))
    return np.stack((cross(-up_camera, ahead), -up_camera, ahead))


def normalise(vectors: Floats, *, fallback: Floats | None = None) -> Floats:
    """Unit vectors along the last axis; one of no length becomes ``fallback`` (or stays 0)."""
    length = np.sqrt(np.sum(vectors * vectors, axis=-1, keepdims=True))
    ok = length > 1e-9
    unit = vectors / np.where(ok, length, 1.0)
    if fallback is None:
        return unit
    return np.where(ok, unit, fallback)


def cross(a: Floats, b: Floats) -> Floats:
    """Vector product along the last axis, with broadcasting; a few times numpy's own speed on
    small arrays."""
    return a.take(_YZX, -1) * b.take(_ZXY, -1) - a.take(_ZXY, -1) * b.take(_YZX, -1)


_YZX: Final = np.array([1, 2, 0])
_ZXY: Final = np.array([2, 0, 1])


def quat_multiply(a_xyzw: Floats, b_xyzw: Floats) -> Floats:
    """Hamilton product: the rotation b, then a."""
    # Linear in the products of all components: three products of matrices instead of thirty calls,
    # a fifth of the time on the few rotations of a frame.
    return _linear(_linear(a_xyzw, _EACH) * _linear(b_xyzw, _ALL), _HAMILTON)


def quat_conjugate(rotations_xyzw: Floats) -> Floats:
    """The inverse of unit quaternions."""
    return rotations_xyzw * _CONJUGATE.astype(rotations_xyzw.dtype, copy=False)


_CONJUGATE: Final = np.array([-1.0, -1.0, -1.0, 1.0])


def quat_rotate(rotations_xyzw: Floats, vectors: Floats) -> Floats:
    """Rotate vectors ``(..., 3)`` by unit quaternions ``(..., 4)``."""
    axis = rotations_xyzw[..., :3]
    w = rotations_xyzw[..., 3:]
    doubled = 2.0 * cross(axis, vectors)
    return vectors + w * doubled + cross(axis, doubled)


def quat_from_rotvec(rotvecs_rad: Floats) -> Floats:
    """Axis-angle ``(..., 3)`` to quaternion."""
    angle = np.sqrt(np.add.reduce(rotvecs_rad * rotvecs_rad, axis=-1, keepdims=True))
    half = 0.5 * angle + _TINY
    scale = 0.5 * np.sin(half) / half
    return np.concatenate((rotvecs_rad * scale, np.cos(half)), axis=-1)


def rotvec_from_quat(rotations_xyzw: Floats) -> Floats:
    """Quaternion to the shortest axis-angle, angle in [0, π]."""
    axis, w = rotations_xyzw[..., :3], rotations_xyzw[..., 3:]
    sine = np.sqrt(np.add.reduce(axis * axis, axis=-1, keepdims=True)) + _TINY
    # The opposite quaternion is the same rotation: the axis turns round with the sign of w.
    return axis * (np.arctan2(sine, np.abs(w)) / np.copysign(0.5 * sine, w))


def matrix_from_quat(rotations_xyzw: Floats) -> Floats:
    """Quaternion ``(..., 4)`` to rotation matrix ``(..., 3, 3)``."""
    products = _linear(rotations_xyzw, _EACH) * _linear(rotations_xyzw, _ALL)
    return _linear(products, _MATRIX_FROM_OUTER).reshape(*rotations_xyzw.shape[:-1], 3, 3)


def quat_from_matrix(matrices: Floats) -> Floats:
    """Rotation matrix ``(..., 3, 3)`` to quaternion, w >= 0 (Shepperd 1978, vectorised)."""
    # Four times the outer product of the quaternion with itself is linear in the matrix; its row
    # with the largest diagonal element is the quaternion, scaled, at the best accuracy.
    entries = matrices.reshape(*matrices.shape[:-2], 9)
    outer = _linear(entries, _OUTER_FROM_MATRIX) + _OUTER_DIAGONAL.astype(entries.dtype, copy=False)
    q = outer[..., 12:]
    if not (q[..., 3] > _CLEAR_W).all():  # w alone will do, except close to half a turn
        rows = outer.reshape(-1, 4, 4)
        best = np.diagonal(rows, axis1=1, axis2=2).argmax(axis=1)
        q = rows[np.arange(len(rows)), best].reshape(q.shape)
    length = np.sqrt(np.maximum(np.add.reduce(q * q, axis=-1, keepdims=True), _EPSILON))
    return q / np.copysign(length, q[..., 3:])


def quat_between(from_unit: Floats, to_unit: Floats) -> Floats:
    """The shortest rotation that takes one unit vector to another (minimal swing)."""
    dot = np.sum(from_unit * to_unit, axis=-1, keepdims=True)
    q = np.concatenate((cross(from_unit, to_unit), 1.0 + dot), axis=-1)
    norm = np.sqrt(np.sum(q * q, axis=-1, keepdims=True))
    # Opposite vectors: any axis across will do; take the one farthest from the vector.
    helper = np.where(
        np.abs(from_unit[..., :1]) < 0.7, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    )
    across = normalise(cross(from_unit, helper))
    flip = np.concatenate((across, np.zeros_like(dot)), axis=-1)
    return np.where(norm > 1e-6, q / np.where(norm > 1e-6, norm, 1.0), flip)


def swing_twist(rotations_xyzw: Floats, axis_unit: Floats) -> tuple[Floats, Floats]:
    """Split ``q = swing * twist`` with the twist about ``axis_unit``; both unit quaternions."""
    along = np.sum(rotations_xyzw[..., :3] * axis_unit, axis=-1, keepdims=True)
    twist = np.concatenate((along * axis_unit, rotations_xyzw[..., 3:]), axis=-1)
    norm = np.sqrt(np.sum(twist * twist, axis=-1, keepdims=True))
    identity = np.broadcast_to(IDENTITY_XYZW.astype(twist.dtype), twist.shape)
    twist = np.where(norm > 1e-6, twist / np.where(norm > 1e-6, norm, 1.0), identity)
    return quat_multiply(rotations_xyzw, quat_conjugate(twist)), twist


def slerp(a_xyzw: Floats, b_xyzw: Floats, t: Floats | float) -> Floats:
    """From a (t = 0) to b (t = 1) the short way, at constant angular speed."""
    delta = rotvec_from_quat(quat_multiply(quat_conjugate(a_xyzw), b_xyzw))
    share = np.asarray(t, dtype=delta.dtype)
    if share.ndim:
        share = share[..., None]
    return quat_multiply(a_xyzw, quat_from_rotvec(delta * share))


def angle_between(a_xyzw: Floats, b_xyzw: Floats) -> Floats:
    """Angle in radians, [0, π], between rotations."""
    relative = quat_multiply(quat_conjugate(a_xyzw), b_xyzw)
    sine = np.sqrt(np.sum(relative[..., :3] ** 2, axis=-1))
    return 2.0 * np.arctan2(sine, np.abs(relative[..., 3]))
