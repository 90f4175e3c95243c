"""Meshes: the surface of a field by naive surface nets (Gibson 1998), thinned out, and grids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import fast_simplification
import numpy as np
from numpy.typing import NDArray

from tools.avatar.fields import Field, Points, gradient

Triangles = NDArray[np.int64]

_KEPT_SHARE = 0.5  # of a net's triangles; none is missed, and drawing costs half
_PROJECTION_STEPS = 6  # Newton steps from the cell's estimate to the surface


@dataclass(frozen=True)
class Mesh:
    """``positions (N, 3)`` m, ``normals (N, 3)``, ``triangles (M, 3)`` counter-clockwise;
    ``weights`` by joint name; ``morphs`` by name: displacement ``(N, 3)`` m."""

    material: str
    positions: Points
    normals: Points
    triangles: Triangles
    weights: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    morphs: dict[str, Points] = field(default_factory=dict)


def skinned(mesh: Mesh, weights: dict[str, NDArray[np.float64]]) -> Mesh:
    """The same mesh bound to joints."""
    return replace(mesh, weights=weights)


def rigid(mesh: Mesh, joint: str) -> Mesh:
    """The same mesh bound to one joint."""
    return replace(mesh, weights={joint: np.ones(len(mesh.positions))})


def surface(
    solid: Field, *, material: str, low: tuple[float, float, float],
    high: tuple[float, float, float], cell_m: float,
) -> Mesh:  # fmt: skip
    """The zero surface of ``solid`` inside the box: a net of ``cell_m``, thinned out where it is
    flat."""
    axes = [np.arange(a, b + cell_m, cell_m) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    values = solid(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    positions, vertex_of_cell = _net_vertices(values, grid)
    positions = _project(solid, positions, cell_m)
    triangles = _net_triangles(values < 0.0, vertex_of_cell)
    positions, triangles = _simplified(positions, triangles)
    positions = _project(solid, positions, cell_m)
    return Mesh(material, positions, gradient(solid, positions), triangles)


def without_hidden(mesh: Mesh, cover: Field, *, depth_m: float) -> Mesh:
    """The same mesh without what lies deeper than ``depth_m`` inside ``cover``, seen by no one.

    Before skinning: weights and morphs must still be empty.
    """
    hidden = cover(mesh.positions) < -depth_m
    kept = mesh.triangles[~hidden[mesh.triangles].all(axis=1)]
    used, triangles = np.unique(kept, return_inverse=True)
    return Mesh(
        mesh.material, mesh.positions[used], mesh.normals[used], triangles.reshape(kept.shape)
    )


def _net_vertices(values: Points, grid: Points) -> tuple[Points, NDArray[np.int64]]:
    """One vertex for each cell that the surface crosses: the mean of its edge crossings."""
    shape = tuple(n - 1 for n in values.shape)
    total = np.zeros((*shape, 3))
    count = np.zeros(shape)
    corners = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    for start in corners:
        for axis in range(3):
            if start[axis]:
                continue
            end = tuple(1 if a == axis else s for a, s in enumerate(start))
            v0, v1 = values[_window(start, shape)], values[_window(end, shape)]
            p0, p1 = grid[_window(start, shape)], grid[_window(end, shape)]
            crosses = (v0 < 0.0) != (v1 < 0.0)
            share = np.where(crosses, v0 / np.where(crosses, v0 - v1, 1.0), 0.0)[..., None]
            total += np.where(crosses[..., None], p0 + share * (p1 - p0), 0.0)
            count += crosses
    active = count > 0
    index = np.full(shape, -1, np.int64)
    index[active] = np.arange(int(active.sum()))
    return total[active] / count[active][:, None], index


def _window(offset: tuple[int, ...], shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(o, o + n) for o, n in zip(offset, shape, strict=True))


def _net_triangles(inside: NDArray[np.bool_], vertex_of_cell: NDArray[np.int64]) -> Triangles:
    """Two triangles around each grid edge that crosses the surface."""
    found: list[Triangles] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        first = np.take(inside, range(inside.shape[axis] - 1), axis=axis)
        second = np.take(inside, range(1, inside.shape[axis]), axis=axis)
        edges = np.argwhere(first != second)
        edges = edges[(edges[:, u] > 0) & (edges[:, v] > 0)]
        edges = edges[(edges[:, u] < inside.shape[u] - 1) & (edges[:, v] < inside.shape[v] - 1)]
        quad = np.empty((len(edges), 4), np.int64)
        for corner, (du, dv) in enumerate(((1, 1), (0, 1), (0, 0), (1, 0))):
            cell = edges.copy()
            cell[:, u] -= du
            cell[:, v] -= dv
            quad[:, corner] = vertex_of_cell[tuple(cell.T)]
        outward = first[tuple(edges.T)]
        quad[~outward] = quad[~outward][:, ::-1]
        found += [quad[:, (0, 1, 2)], quad[:, (0, 2, 3)]]
    return np.concatenate(found)


def _simplified(positions: Points, triangles: Triangles) -> tuple[Points, Triangles]:
    """Fewer triangles with the same outline: quadric error metrics (Garland and Heckbert 1997)."""
    fewer, corners = fast_simplification.simplify(positions, triangles, 1.0 - _KEPT_SHARE)
    return fewer.astype(np.float64), corners.astype(np.int64)


def _project(solid: Field, points: Points, limit_m: float) -> Points:
    for _ in range(_PROJECTION_STEPS):
        step = np.clip(solid(points), -limit_m, limit_m)[:, None] * gradient(solid, points)
        points = points - 0.8 * step
    return points


def sheet(
    place: Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[Points, Points]], *,
    material: str, columns: int, rows: int,
) -> Mesh:  # fmt: skip
    """A grid over (s, t) in 0–1: ``place`` gives positions and normals; s to the avatar's left
    and t upward, seen from the front, give counter-clockwise triangles."""
    s, t = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    positions, normals = place(s.ravel(), t.ravel())
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, 1:].ravel(), at[1:, :-1].ravel()
    triangles = np.concatenate((np.stack((a, b, c), 1), np.stack((a, c, d), 1)))
    return Mesh(material, positions, normals, triangles)


def mirrored(mesh: Mesh) -> Mesh:
    """The other side's copy: x negated, joints of the other side, triangles turned."""

    def other(name: str) -> str:
        if name.startswith("left"):
            return "right" + name[4:]
        return "left" + name[5:] if name.startswith("right") else name

    flip = np.array([-1.0, 1.0, 1.0])
    return replace(
        mesh,
        positions=mesh.positions * flip,
        normals=mesh.normals * flip,
        triangles=mesh.triangles[:, ::-1],
        weights={other(name): weight for name, weight in mesh.weights.items()},
    )
