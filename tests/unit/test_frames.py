"""Frames from directions: the few of one live frame are made as those of a batch are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.solving.frames import frame

axis = st.sampled_from([(1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.6, 0.0, 0.8), (0.0, 0.0, 0.0)])


@given(st.integers(0, 10_000), st.integers(1, 12), st.booleans(), st.floats(-3.0, 1.0))
def test_a_frame_is_orthonormal_and_lies_in_the_plane_of_its_directions(
    seed: int, count: int, shared: bool, exponent: float
) -> None:
    rng = np.random.default_rng(seed)
    primary = rng.normal(size=(count, 3)) * 10.0**exponent
    secondary = rng.normal(size=(1 if shared else count, 3))
    made = frame(primary, secondary)
    np.testing.assert_allclose(np.linalg.det(made), 1.0, atol=1e-5)
    np.testing.assert_allclose(made.swapaxes(1, 2) @ made, np.tile(np.eye(3), (count, 1, 1)),
                               atol=1e-5)  # fmt: skip
    along = np.cross(made[..., 0], primary)
    np.testing.assert_allclose(along, 0.0, atol=1e-9 * max(1.0, 10.0**exponent))
    np.testing.assert_allclose((made[..., 2] * secondary).sum(axis=1), 0.0, atol=1e-9)
    assert ((made[..., 1] * secondary).sum(axis=1) > 0.0).all()
    # Alone and in a batch alike.
    np.testing.assert_allclose(made, frame(primary[None], secondary[None])[0], atol=1e-12)


@given(st.lists(st.tuples(axis, axis), min_size=1, max_size=4))
def test_directions_that_span_no_plane_give_a_finite_frame(
    pairs: list[tuple[tuple[float, float, float], tuple[float, float, float]]],
) -> None:
    primary, secondary = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    made = frame(primary, secondary)
    assert np.linalg.det(made) == pytest.approx(np.ones(len(pairs)), abs=1e-6)
    np.testing.assert_allclose(made, frame(primary[None], secondary[None])[0], atol=1e-12)
