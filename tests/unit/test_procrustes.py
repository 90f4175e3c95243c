"""The closed-form rotation fit, against LAPACK's singular value decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from bridge.solving.procrustes import best_rotation, quat_of


def by_svd(covariance: np.ndarray) -> tuple[np.ndarray, float]:
    """Umeyama's answer: a proper rotation, also where a mirrored one would fit better."""
    left, spread, right = np.linalg.svd(covariance)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(right.T @ left.T))])
    return right.T @ np.diag(sign) @ left.T, float(spread @ sign)


@given(
    seed=st.integers(0, 10_000),
    size=st.floats(1e-4, 1e3),
    depth=st.sampled_from([0.0, 0.1, 1.0]),
    noise=st.sampled_from([0.0, 1e-3, 0.2]),
    mirrored=st.booleans(),
)
def test_the_rotation_is_that_of_the_singular_value_decomposition(
    seed: int, size: float, depth: float, noise: float, mirrored: bool
) -> None:
    rng = np.random.default_rng(seed)
    template = rng.normal(size=(6, 3)) * (1.0, 0.4, depth)
    template -= template.mean(axis=0)
    points = Rotation.random(random_state=seed).apply(template) + noise * rng.normal(size=(6, 3))
    if mirrored:
        points[:, 0] *= -1.0
    covariance = template.T @ (points * size)
    spread = np.linalg.svd(covariance, compute_uv=False)
    rotation, explained = by_svd(covariance)
    if (explained - spread[0]) / spread[0] < 0.02:
        return  # a mirrored round set has no single answer
    found = best_rotation(covariance, spread_min=1e-6)
    assert found is not None
    assert found[0] == pytest.approx(rotation, abs=1e-9)
    assert found[1] == pytest.approx(explained, rel=1e-9)
    expected = Rotation.from_matrix(rotation)
    assert (expected.inv() * Rotation.from_quat(quat_of(found[0]))).magnitude() < 1e-7


def test_points_without_a_plane_have_no_rotation() -> None:
    line = np.outer([1.0, 2.0, 3.0], [3.0, 2.0, 1.0])
    assert best_rotation(line, spread_min=1e-6) is None
    assert best_rotation(np.zeros((3, 3)), spread_min=1e-6) is None
