"""Head and hair. The head's field also tells where eyes, brows and mouth lie on its surface."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.avatar.body import hoodie_shape, torso_weights
from tools.avatar.fields import (
    Field,
    Points,
    both_sides,
    cone,
    ellipsoid,
    gradient,
    union,
    without,
)  # fmt: skip
from tools.avatar.rig import at
from tools.avatar.surface import Mesh, rigid, skinned, surface, without_hidden

_FRONT_M: Final = 0.20  # in front of every face
_MIDDLE_M: Final = 0.0


def head_field() -> Field:
    """Skull, cheeks, chin, nose, ears and neck."""
    face = union(
        ellipsoid((0.0, 1.365, -0.012), (0.112, 0.113, 0.118)),
        ellipsoid((0.0, 1.315, 0.018), (0.098, 0.082, 0.086)),
        ellipsoid((0.0, 1.262, 0.045), (0.046, 0.034, 0.044)),
        blend=0.05,
    )
    nose = ellipsoid((0.0, 1.300, 0.110), (0.0105, 0.0095, 0.012))
    ear = ellipsoid((0.109, 1.325, -0.012), (0.014, 0.032, 0.022))
    neck = cone((0.0, 1.10, -0.014), (0.0, 1.25, -0.008), 0.046, 0.043)
    return union(union(face, nose, both_sides(ear), blend=0.014), neck, blend=0.03)


HEAD: Final = head_field()


def on_face(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Points, Points]:
    """The head's surface seen from the front at (x, y): points and outward normals."""
    front = np.full_like(x, _FRONT_M)
    back = np.full_like(x, _MIDDLE_M)
    for _ in range(40):
        middle = 0.5 * (front + back)
        outside = HEAD(np.stack((x, y, middle), -1)) > 0.0
        front, back = np.where(outside, middle, front), np.where(outside, back, middle)
    points = np.stack((x, y, front), -1)
    return points, gradient(HEAD, points)


def _head_weights(points: Points) -> dict[str, NDArray[np.float64]]:
    neck = np.clip((1.265 - points[:, 1]) / 0.06, 0.0, 1.0)
    neck = neck * np.clip((0.055 - points[:, 2]) / 0.03, 0.0, 1.0)
    jaw = jaw_share(points) * (1.0 - neck)
    below = torso_weights(points).get("upperChest", np.zeros(len(points)))
    low = np.clip((1.17 - points[:, 1]) / 0.05, 0.0, 1.0) * np.clip(below * 4.0, 0.0, 1.0)
    weights = {"neck": neck * (1.0 - low), "upperChest": neck * low, "jaw": 0.4 * jaw}
    weights["head"] = 1.0 - sum(weights.values())
    return weights


def jaw_share(points: Points) -> NDArray[np.float64]:
    """How far a point of the face goes with the lower jaw, 0–1."""
    down = np.clip((1.290 - points[:, 1]) / 0.035, 0.0, 1.0)
    forward = np.clip((points[:, 2] - 0.0) / 0.05, 0.0, 1.0)
    share = down * forward
    return share * share * (3.0 - 2.0 * share)


def head_mesh() -> Mesh:
    """Skin of head and neck, skinned; its morphs are added by ``shapes``."""
    mesh = surface(
        HEAD, material="skin", low=(-0.14, 1.09, -0.15), high=(0.14, 1.49, 0.14), cell_m=0.0112
    )
    mesh = without_hidden(mesh, hair_shape(), depth_m=0.005)
    mesh = without_hidden(mesh, hoodie_shape(), depth_m=0.02)
    return skinned(mesh, _head_weights(mesh.positions))


def hair_shape() -> Field:
    """A short, side-swept cut."""
    cap = union(
        ellipsoid((0.0, 1.372, -0.018), (0.124, 0.122, 0.130)),
        both_sides(cone((0.106, 1.40, 0.010), (0.103, 1.318, 0.028), 0.020, 0.008)),
        cone((0.0, 1.33, -0.095), (0.0, 1.262, -0.075), 0.058, 0.030),
        blend=0.03,
    )
    opening = ellipsoid((0.0, 1.318, 0.135), (0.109, 0.118, 0.140))
    swept = union(
        cone((-0.035, 1.462, 0.062), (0.058, 1.408, 0.104), 0.030, 0.009),
        cone((-0.030, 1.468, 0.050), (0.094, 1.395, 0.066), 0.032, 0.009),
        cone((-0.045, 1.462, 0.060), (0.015, 1.418, 0.115), 0.026, 0.009),
        cone((-0.045, 1.462, 0.055), (-0.078, 1.398, 0.084), 0.027, 0.008),
        cone((-0.045, 1.455, 0.050), (-0.101, 1.385, 0.050), 0.028, 0.008),
        blend=0.012,
    )
    return union(without(cap, opening, blend=0.025), swept, blend=0.014)


def hair_meshes() -> list[Mesh]:
    """The cut, and the tuft that swings."""
    shell = surface(
        hair_shape(),
        material="hair",
        low=(-0.15, 1.21, -0.18),
        high=(0.15, 1.53, 0.16),
        cell_m=0.0118,
    )
    shell = without_hidden(shell, HEAD, depth_m=0.004)
    return [rigid(shell, "head"), _tuft()]


def _tuft() -> Mesh:
    root, bend, tip = at("tuft1"), at("tuft2"), at("tuft3")
    solid = union(
        cone(root, bend, 0.014, 0.012), cone(bend, tip, 0.012, 0.003),
        blend=0.01,
    )  # fmt: skip
    mesh = surface(
        solid, material="hair", low=(-0.03, 1.45, -0.05), high=(0.05, 1.56, 0.03), cell_m=0.0075
    )
    height = mesh.positions[:, 1]
    second = np.clip((height - bend[1] + 0.015) / 0.03, 0.0, 1.0)
    return skinned(mesh, {"tuft1": 1.0 - second, "tuft2": second})
