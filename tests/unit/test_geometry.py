"""Laws of rotations, against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bridge import geometry as g

seeds = st.integers(0, 2**32 - 2)


def random_quaternions(seed: int, count: int = 16) -> np.ndarray:
    return Rotation.random(count, random_state=seed).as_quat()


@given(seeds)
def test_product_equals_scipy(seed: int) -> None:
    a, b = random_quaternions(seed), random_quaternions(seed + 1)
    expected = (Rotation.from_quat(a) * Rotation.from_quat(b)).as_matrix()
    np.testing.assert_allclose(g.matrix_from_quat(g.quat_multiply(a, b)), expected, atol=1e-12)


@given(seeds)
def test_matrix_and_rotvec_round_trip(seed: int) -> None:
    q = random_quaternions(seed)
    q = np.where(q[:, 3:] < 0, -q, q)
    np.testing.assert_allclose(g.quat_from_matrix(g.matrix_from_quat(q)), q, atol=1e-9)
    np.testing.assert_allclose(g.rotvec_from_quat(q), Rotation.from_quat(q).as_rotvec(), atol=1e-9)
    np.testing.assert_allclose(g.quat_from_rotvec(g.rotvec_from_quat(q)), q, atol=1e-9)


@given(seeds)
def test_rotate_equals_scipy(seed: int) -> None:
    q = random_quaternions(seed)
    v = np.random.default_rng(seed).normal(size=(16, 3))
    np.testing.assert_allclose(g.quat_rotate(q, v), Rotation.from_quat(q).apply(v), atol=1e-12)


@given(seeds)
def test_swing_twist_multiplies_back_and_twist_keeps_axis(seed: int) -> None:
    q = random_quaternions(seed)
    axis = g.normalise(np.random.default_rng(seed).normal(size=(16, 3)))
    swing, twist = g.swing_twist(q, axis)
    np.testing.assert_allclose(g.angle_between(g.quat_multiply(swing, twist), q), 0, atol=1e-7)
    np.testing.assert_allclose(g.quat_rotate(twist, axis), axis, atol=1e-9)


@given(seeds)
def test_between_takes_one_vector_to_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = g.normalise(rng.normal(size=(2, 16, 3)))
    np.testing.assert_allclose(g.quat_rotate(g.quat_between(a, b), a), b, atol=1e-9)
    np.testing.assert_allclose(g.quat_rotate(g.quat_between(a, -a), a), -a, atol=1e-6)


@pytest.mark.parametrize("pitch_rad", [0.0, 0.3, -0.7])
def test_world_and_camera_are_inverse_and_proper(pitch_rad: float) -> None:
    axes = g.world_from_camera(np.eye(3), pitch_rad=pitch_rad)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    np.testing.assert_allclose(g.camera_from_world(axes, pitch_rad=pitch_rad), np.eye(3), atol=1e-9)


def test_camera_that_looks_down_sees_away_as_down() -> None:
    away = g.world_from_camera(np.array([0.0, 0.0, 1.0]), pitch_rad=0.5)
    assert away[1] < 0
    assert away[2] < 0


@given(seeds)
def test_unity_conversion_is_its_own_inverse_and_commutes_with_rotation(seed: int) -> None:
    q = random_quaternions(seed)
    v = np.random.default_rng(seed).normal(size=(16, 3))
    there = g.unity_from_world_rotation(q)
    np.testing.assert_array_equal(g.unity_from_world_rotation(there), q)
    # A rotation seen in Unity's axes is the conjugate by the reflection of X.
    flip = np.diag([-1.0, 1.0, 1.0])
    expected = flip @ Rotation.from_quat(q).as_matrix() @ flip
    np.testing.assert_allclose(g.matrix_from_quat(there), expected, atol=1e-12)
    np.testing.assert_allclose(g.unity_from_world_position(g.unity_from_world_position(v)), v)


@given(seeds, st.floats(0, 1))
def test_slerp_moves_in_proportion(seed: int, t: float) -> None:
    a, b = random_quaternions(seed), random_quaternions(seed + 1)
    whole = g.angle_between(a, b)
    np.testing.assert_allclose(g.angle_between(a, g.slerp(a, b, t)), t * whole, atol=1e-6)
