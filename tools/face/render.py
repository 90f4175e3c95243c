"""Moves the skin of a photographed face: piecewise-affine warps over its landmarks.

Not a likeness for people to look at; enough for landmark models to see lids, lips, brows and the
turned head where we put them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from bridge.solving.face.pose import load_template
from tools.face.deform import INNER_RING, LOWER_LID, UPPER_LID, deformed

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

_FRAME_STEPS: Final = 6  # fixed points along each side of the picture
_MOUTH_GAP_MIN_PX: Final = 2.0  # narrower: the lips of the picture itself are shown


@dataclass(frozen=True, slots=True)
class PhotographedFace:
    """``picture (N, N, 3)`` RGB with ``landmarks_px (478, 3)``, depth in pixels, y down."""

    picture: Picture
    landmarks_px: Array
    name: str


def _eye_rings() -> list[NDArray[np.intp]]:
    mirror = load_template().mirror
    right = np.concatenate(([33], UPPER_LID, [133], LOWER_LID[::-1]))
    return [right, mirror[right]]


_EYE_RINGS: Final = _eye_rings()
_IRIS_ROWS: Final = (np.arange(468, 473), np.arange(473, 478))


def _triangles() -> tuple[NDArray[np.int32], list[NDArray[np.int32]]]:
    """Triangles of the skin (without eyes and mouth) and of each eye's inside."""
    # With the mouth open, so that no triangle joins lips that touch in the neutral face.
    flat = deformed(load_template().positions, {"jaw_open": 0.8})[:, :2]
    skin = Delaunay(flat[:468]).simplices.astype(np.int32)
    inside = np.zeros(len(skin), bool)
    for ring in (*_EYE_RINGS, INNER_RING):
        inside |= np.isin(skin, ring).all(axis=1)
    eyes: list[NDArray[np.int32]] = []
    for ring, iris in zip(_EYE_RINGS, _IRIS_ROWS, strict=True):
        rows = np.concatenate((ring, iris))
        eyes.append(rows[Delaunay(flat[rows]).simplices].astype(np.int32))
    return skin[~inside], eyes


_SKIN, _EYES = _triangles()


def rendered(
    face: PhotographedFace,
    target_px: Array,
    *,
    eyes_px: Array,
    rng: np.random.Generator,
) -> Picture:
    """The picture with every landmark of ``target_px (478, 3)`` where it says.

    ``eyes_px (478, 3)``: the same with open lids: what lies behind the lids is drawn from it.
    """
    size = face.picture.shape[0]
    frame = _frame_points(size)
    source = np.vstack((face.landmarks_px[:, :2], frame))
    target = np.vstack((target_px[:, :2], frame))
    # What lies around the face stretches between its outline and the picture's edge.
    around = _around(source, len(face.landmarks_px))
    behind = np.vstack((eyes_px[:, :2], frame))
    index = np.full((size, size), -1.0, np.float32)
    maps: list[Array] = []
    _draw(index, maps, around, source, target, depth=None)
    for eye in _EYES:
        _draw(index, maps, eye, source, behind, depth=None)
    _draw(index, maps, _SKIN, source, target, depth=target_px[:, 2])
    picture = _sampled(face.picture, index, np.concatenate(maps))
    return _with_mouth(picture, target_px, rng)


def _frame_points(size: int) -> Array:
    steps = np.linspace(0.0, size - 1.0, _FRAME_STEPS)
    low, high = np.zeros_like(steps), np.full_like(steps, size - 1.0)
    sides = [(steps, low), (steps, high), (low, steps), (high, steps)]
    return np.unique(np.vstack([np.stack(side, axis=1) for side in sides]), axis=0)


def _around(source: Array, landmark_count: int) -> NDArray[np.int32]:
    """Triangles between the face's outline and the frame."""
    hull = cv2.convexHull(source[:468].astype(np.float32), returnPoints=False).ravel()
    rows = np.concatenate((hull, np.arange(landmark_count, len(source))))
    triangles = rows[Delaunay(source[rows]).simplices]
    return triangles.astype(np.int32)


def _draw(
    index: NDArray[np.float32],
    maps: list[Array],
    triangles: NDArray[np.int32],
    source: Array,
    target: Array,
    *,
    depth: Array | None,
) -> None:
    """Rasterise triangle numbers, far ones first, and keep each one's way back to the source."""
    first = sum(len(m) for m in maps)
    if depth is not None:
        triangles = triangles[np.argsort(-depth[triangles].mean(axis=1))]
    corners = target[triangles]  # (T, 3, 2)
    homogeneous = np.concatenate((corners, np.ones((*corners.shape[:2], 1))), axis=2)
    area = np.linalg.det(homogeneous)
    homogeneous[np.abs(area) < 1e-3] = np.eye(3)  # too thin to be seen
    back = np.linalg.solve(homogeneous, source[triangles])  # (T, 3, 2)
    maps.append(back)
    fixed = np.round(corners * 16.0).astype(np.int32)
    visible = np.abs(area) >= 0.05
    for number in np.flatnonzero(visible):
        cv2.fillConvexPoly(index, fixed[number], float(first + number), cv2.LINE_8, 4)


def _sampled(picture: Picture, index: NDArray[np.float32], back: Array) -> Picture:
    size = picture.shape[0]
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    numbers = index.astype(np.int32)
    lone = numbers < 0
    way = back[np.maximum(numbers, 0)].astype(np.float32)
    map_x = x * way[..., 0, 0] + y * way[..., 1, 0] + way[..., 2, 0]
    map_y = x * way[..., 0, 1] + y * way[..., 1, 1] + way[..., 2, 1]
    map_x[lone], map_y[lone] = x[lone], y[lone]
    return cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _with_mouth(picture: Picture, target_px: Array, rng: np.random.Generator) -> Picture:
    """Paint the inside of an open mouth: dark, with a row of teeth above."""
    ring = target_px[INNER_RING, :2]
    gap = float(np.abs(target_px[13, 1] - target_px[14, 1]))
    if gap < _MOUTH_GAP_MIN_PX:
        return picture
    out = picture.copy()
    light = float(np.percentile(picture, 75)) / 255.0
    colour = tuple(float(v) for v in rng.uniform((30, 10, 10), (90, 45, 45)) * light)
    cv2.fillPoly(out, [np.round(ring * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    if gap > 2.0 * _MOUTH_GAP_MIN_PX and rng.random() < 0.7:
        upper = target_px[INNER_RING[:11], :2]
        reach = upper + np.array((0.0, float(rng.uniform(0.2, 0.45)) * gap))
        teeth = np.vstack((upper[2:-2], reach[2:-2][::-1]))
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(ring * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
        white = tuple(
            float(v) for v in np.array((225.0, 215.0, 200.0)) * light * rng.uniform(0.7, 1.1)
        )
        painted = out.copy()
        cv2.fillPoly(painted, [np.round(teeth * 16).astype(np.int32)], white, cv2.LINE_AA, 4)
        out = np.where(mask[..., None] > 0, painted, out)
    return out
