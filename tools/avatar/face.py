"""Eyes, lids, brows, mouth and blush as thin sheets on the head's surface, with their morphs.

Every sheet is a function of the face's parameters, so an expression's morph is the difference
of two evaluations and mixtures of expressions add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.avatar.fields import Points
from tools.avatar.head import jaw_share, on_face
from tools.avatar.rig import EYE_RADIUS_M, at
from tools.avatar.shapes import ARKIT, PRESETS, Face, face
from tools.avatar.surface import Mesh, rigid, sheet, skinned

Array = NDArray[np.float64]
FaceSheet = Callable[[Face], Mesh]

# Where the left eye's lids and iris look at rest: a little outward, as the face curves.
_LID_FRAME: Final = np.array([0.235, 0.02, 0.972]) / np.linalg.norm([0.235, 0.02, 0.972])
_IRIS_FRAME: Final = np.array([0.135, 0.0, 0.991]) / np.linalg.norm([0.135, 0.0, 0.991])
_LID_OFFSET_M: Final = 0.0024  # so that a lid half way down, moving on a chord, clears the eye
_LASH_OFFSET_M: Final = 0.0036
_LID_HALF_WIDTH_DEG: Final = 33.0  # of the opening
_LID_SPAN_DEG: Final = 52.0  # of the lids themselves, into the head
_OPEN_UP_DEG: Final = 25.0
_OPEN_DOWN_DEG: Final = 20.0
_CLOSED_DEG: Final = -9.0
_LID_ROOT_DEG: Final = 46.0  # inside the head

_MOUTH_Y_M: Final = 1.2700
_MOUTH_HALF_WIDTH_M: Final = 0.0215
_MOUTH_SMILE_M: Final = 0.0035
_LINE_M: Final = 0.0011  # half the thickness of the lips' line
_BROW_Y_M: Final = 1.3865


def _direction(azimuth_deg: Array, elevation_deg: Array, frame: Array) -> Points:
    """Directions about the eye: azimuth to the avatar's left, elevation up, from ``frame``."""
    azimuth, elevation = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
    right = np.cross([0.0, 1.0, 0.0], frame)
    right /= np.linalg.norm(right)
    up = np.cross(frame, right)
    return (
        np.sin(azimuth)[:, None] * np.cos(elevation)[:, None] * right
        + np.sin(elevation)[:, None] * up
        + np.cos(azimuth)[:, None] * np.cos(elevation)[:, None] * frame
    )


def _on_side(side: str, points: Points) -> Points:
    return points if side == "left" else points * (-1.0, 1.0, 1.0)


def _side_sheet(
    side: str, place: Callable[[Array, Array], tuple[Points, Points]], *,
    material: str, columns: int, rows: int,
) -> Mesh:  # fmt: skip
    """A sheet defined for the left side, or its mirror image."""
    mesh = sheet(place, material=material, columns=columns, rows=rows)
    if side == "left":
        return mesh
    return replace(
        mesh, positions=_on_side(side, mesh.positions), normals=_on_side(side, mesh.normals),
        triangles=mesh.triangles[:, ::-1],
    )  # fmt: skip


def eye_meshes() -> list[Mesh]:
    """Eyeballs, irises, pupils and glints: these turn with the eye bones."""
    layers = (  # material, radii in degrees across and up, offset m, centre in degrees
        ("eye_white", 50.0, 50.0, 0.0, (0.0, 0.0)),
        ("iris_rim", 19.0, 22.0, 0.0004, (0.0, 0.0)),
        ("iris", 17.0, 20.0, 0.0007, (0.0, 0.0)),
        ("iris_light", 12.5, 10.5, 0.0010, (0.0, -7.6)),
        ("pupil", 8.2, 10.2, 0.0013, (0.0, 0.5)),
        ("glint", 5.0, 5.6, 0.0016, (6.0, 8.5)),
        ("glint", 2.4, 2.6, 0.0016, (-6.5, -8.0)),
    )
    meshes: list[Mesh] = []
    for side in ("left", "right"):
        for material, across, up, offset, (shift_x, shift_y) in layers:
            frame = _LID_FRAME if material == "eye_white" else _IRIS_FRAME
            # The light falls from the viewer's left on both eyes: do not mirror the glints.
            shift = shift_x if side == "left" else -shift_x

            def place(
                s: Array, t: Array, frame: Array = frame, across: float = across, up: float = up,
                offset: float = offset, shift: float = shift, shift_y: float = shift_y,
            ) -> tuple[Points, Points]:  # fmt: skip
                turn = 2.0 * np.pi * s
                ray = _direction(
                    shift + across * (1.0 - t) * np.cos(turn),
                    shift_y + up * (1.0 - t) * np.sin(turn), frame,
                )  # fmt: skip
                return at("leftEye") + ray * (EYE_RADIUS_M + offset), ray

            rows = 5 if material == "eye_white" else 2
            disc = _side_sheet(side, place, material=material, columns=23, rows=rows)
            meshes.append(rigid(disc, f"{side}Eye"))
    return meshes


def _lid_edges(values: Face, side: str, azimuth_deg: Array) -> tuple[Array, Array]:
    """Elevation, degrees, of the upper and lower lid's edge."""
    across = np.clip(azimuth_deg / _LID_HALF_WIDTH_DEG, -1.0, 1.0)
    bow = np.clip(1.0 - np.abs(across) ** 2.4, 0.0, None)
    upper_open = _OPEN_UP_DEG * np.sqrt(bow) + 1.5 * across
    lower_open = -_OPEN_DOWN_DEG * bow**0.7 + 1.5 * across
    closed = _CLOSED_DEG * bow + values[f"closing_arc.{side}"] * bow + 1.0 * across
    lid, lower = values[f"lid.{side}"], values[f"lower_lid.{side}"]
    tilt = values[f"lid_tilt.{side}"] * across
    upper_edge = upper_open + lid * (closed - upper_open) - tilt * (1.0 - abs(lid))
    lower_edge = lower_open + lower * (closed - lower_open)
    return upper_edge, np.minimum(lower_edge, upper_edge)


def _lid(side: str, *, upper: bool) -> FaceSheet:
    def build(values: Face) -> Mesh:
        def place(s: Array, t: Array) -> tuple[Points, Points]:
            azimuth = (2.0 * s - 1.0) * _LID_SPAN_DEG
            upper_edge, lower_edge = _lid_edges(values, side, azimuth)
            if upper:
                elevation = upper_edge + t * (_LID_ROOT_DEG - upper_edge)
            else:
                elevation = -_LID_ROOT_DEG + t * (lower_edge + _LID_ROOT_DEG)
            ray = _direction(azimuth, elevation, _LID_FRAME)
            radius = EYE_RADIUS_M + _LID_OFFSET_M - (0.0 if upper else 0.0005)
            # Shaded almost like the face around it, or the lower lid would look like a bag.
            normals = 0.3 * ray + 0.7 * _LID_FRAME
            normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
            return at("leftEye") + ray * radius, normals

        mesh = _side_sheet(side, place, material="skin", columns=23, rows=6)
        return rigid(mesh, "head")

    return build


def _lash(side: str) -> FaceSheet:
    def build(values: Face) -> Mesh:
        def place(s: Array, t: Array) -> tuple[Points, Points]:
            # Runs past the outer corner into a small wing.
            azimuth = -0.94 * _LID_HALF_WIDTH_DEG + s * 1.92 * _LID_HALF_WIDTH_DEG
            edge, _ = _lid_edges(values, side, azimuth)
            thickness = (1.6 + 3.6 * s**1.5) * np.sqrt(np.clip(np.minimum(s, 1.0 - s) * 9, 0, 1))
            wing = 4.0 * np.clip(s - 0.82, 0.0, None) / 0.18
            elevation = edge - 0.6 + wing + t * thickness
            ray = _direction(azimuth, elevation, _LID_FRAME)
            return at("leftEye") + ray * (EYE_RADIUS_M + _LASH_OFFSET_M), ray

        return rigid(_side_sheet(side, place, material="lash", columns=17, rows=3), "head")

    return build


def _brow(side: str) -> FaceSheet:
    def build(values: Face) -> Mesh:
        def place(s: Array, t: Array) -> tuple[Points, Points]:
            x = 0.0195 + 0.047 * s - values[f"brow_in.{side}"] * (1.0 - 0.6 * s)
            y = _BROW_Y_M + 0.0065 * np.sin(np.pi * (0.18 + 0.66 * s)) + values[f"brow.{side}"]
            y += values[f"brow_inner.{side}"] * (1.0 - s) ** 1.5
            y += values[f"brow_outer.{side}"] * s**1.2
            half = 0.0042 * (1.0 - 0.72 * s**2) * np.sqrt(np.clip(s * 14.0, 0.2, 1.0))
            points, normals = on_face(x, y + (2.0 * t - 1.0) * half)
            dome = 0.0012 + 0.0022 * np.sqrt(np.clip(1.0 - (2.0 * t - 1.0) ** 2, 0.0, None))
            return points + normals * dome[:, None], normals

        return rigid(_side_sheet(side, place, material="brow", columns=13, rows=5), "head")

    return build


def _mouth_curves(values: Face, across: Array) -> tuple[Array, Array, Array]:
    """x and the height of the upper and the lower lip for ``across`` in −1 (right) to 1 (left)."""
    left = 0.5 + 0.5 * np.tanh(4.0 * across)  # soft border between the sides

    def sided(name: str) -> Array:
        return left * values[f"{name}.left"] + (1.0 - left) * values[f"{name}.right"]

    half_width = _MOUTH_HALF_WIDTH_M * (1.0 - values["narrow"]) + sided("corner_out")
    x = values["mouth_x"] + across * half_width
    line = _MOUTH_Y_M + values["mouth_y"] + (_MOUTH_SMILE_M + sided("corner")) * across**2
    bow = np.sqrt(np.clip(1.0 - np.abs(across) ** 2.2, 0.0, None))
    upper = line + (values["open_up"] + sided("upper_lip")) * bow
    lower = line - (values["open_down"] + sided("lower_lip")) * bow
    return x, upper, lower


def _on_mouth(values: Face, x: Array, y: Array, offset_m: float) -> tuple[Points, Points]:
    points, normals = on_face(x, y)
    forward = values["forward"] * np.exp(-(((y - _MOUTH_Y_M) / 0.02) ** 2))
    points = points + normals * (offset_m + forward[:, None])
    return points + head_motion(values, points), normals


def _mouth_fill(
    material: str, low: Callable[[Face], float], high: Callable[[Face], float],
    width: float, offset_m: float,
) -> FaceSheet:  # fmt: skip
    """A patch of the opening between two shares of its height (0 lower lip, 1 upper lip)."""

    def build(values: Face) -> Mesh:
        def place(s: Array, t: Array) -> tuple[Points, Points]:
            across = (2.0 * s - 1.0) * width
            x, upper, lower = _mouth_curves(values, across)
            taper = np.sqrt(np.clip(1.0 - np.abs(2.0 * s - 1.0) ** 3, 0.0, None))
            bottom, top = low(values), high(values)
            if bottom > 0.0:  # hangs from the upper lip
                bottom = top - (top - bottom) * taper
            elif width < 1.0:  # lies on the lower lip
                top = bottom + (top - bottom) * taper
            y = lower + (upper - lower) * (bottom + t * (top - bottom))
            return _on_mouth(values, x, y, offset_m)

        mesh = sheet(place, material=material, columns=19, rows=4)
        return skinned(mesh, _face_weights(mesh.positions))

    return build


def _tongue_out(values: Face) -> Mesh:
    def place(s: Array, t: Array) -> tuple[Points, Points]:
        across = (2.0 * s - 1.0) * 0.52
        x, upper, lower = _mouth_curves(values, across)
        taper = np.sqrt(np.clip(1.0 - np.abs(2.0 * s - 1.0) ** 2.6, 0.0, None))
        root = lower + 0.3 * (upper - lower)
        y = root - (1.0 - t) * (values["tongue_out"] * taper + 0.3 * (upper - lower))
        return _on_mouth(values, x, y, 0.0019 + 4.0 * values["tongue_out"] * 0.02)

    mesh = sheet(place, material="tongue", columns=13, rows=4)
    return skinned(mesh, _face_weights(mesh.positions))


def _lip_line(*, upper_lip: bool) -> FaceSheet:
    def build(values: Face) -> Mesh:
        def place(s: Array, t: Array) -> tuple[Points, Points]:
            across = (2.0 * s - 1.0) * 1.06
            x, upper, lower = _mouth_curves(values, np.clip(across, -1.0, 1.0))
            x = x + (across - np.clip(across, -1.0, 1.0)) * _MOUTH_HALF_WIDTH_M
            thin = 1.0 - values["thin"]
            half = _LINE_M * thin * np.sqrt(np.clip(1.0 - np.abs(across / 1.06) ** 4, 0.05, None))
            y = (upper if upper_lip else lower) + (2.0 * t - 1.0) * half
            return _on_mouth(values, x, y, 0.0017)

        mesh = sheet(place, material="lips", columns=21, rows=2)
        return skinned(mesh, _face_weights(mesh.positions))

    return build


def _blush(side: str) -> FaceSheet:
    def build(values: Face) -> Mesh:
        def place(s: Array, t: Array) -> tuple[Points, Points]:
            turn = 2.0 * np.pi * s
            x = 0.0615 + 0.0125 * (1.0 - t) * np.cos(turn)
            y = 1.2905 + 0.0070 * (1.0 - t) * np.sin(turn)
            points, normals = on_face(x, y)
            moved = _on_side(side, points + normals * 0.0007)
            return _on_side(side, moved + head_motion(values, moved)), normals

        return rigid(_side_sheet(side, place, material="blush", columns=17, rows=3), "head")

    return build


def _face_weights(points: Points) -> dict[str, Array]:
    jaw = 0.4 * jaw_share(points)
    return {"head": 1.0 - jaw, "jaw": jaw}


def head_motion(values: Face, points: Points) -> Points:
    """How the skin itself moves: chin, cheeks, the sides of the nose. ``(N, 3)`` m."""
    moved = np.zeros_like(points)
    jaw = jaw_share(points)
    moved += jaw[:, None] * np.array(
        [values["chin_x"], -values["chin_down"], values["chin_forward"]]
    )
    for side, sign in (("left", 1.0), ("right", -1.0)):
        cheek = np.exp(-np.sum(((points - (sign * 0.066, 1.283, 0.075)) / 0.028) ** 2, axis=-1))
        puff = values[f"cheek.{side}"] * np.array([sign * 0.8, 0.0, 0.6])
        moved += cheek[:, None] * (puff + np.array([0.0, values[f"cheek_up.{side}"], 0.0]))
        nose = np.exp(-np.sum(((points - (sign * 0.012, 1.300, 0.112)) / 0.012) ** 2, axis=-1))
        moved += nose[:, None] * np.array([0.0, values[f"sneer.{side}"], 0.0])
    return moved


def feature_sheets() -> list[FaceSheet]:
    """All parts of the face that expressions move, in drawing order."""
    sheets: list[FaceSheet] = []
    for side in ("left", "right"):
        sheets += [
            _lid(side, upper=True), _lid(side, upper=False), _lash(side), _brow(side),
            _blush(side),
        ]  # fmt: skip
    sheets += [
        _mouth_fill("mouth", lambda _: 0.0, lambda _: 1.0, 1.0, 0.0006),
        _mouth_fill("tongue", lambda _: 0.0, lambda v: v["tongue"], 0.66, 0.0010),
        _mouth_fill("teeth", lambda v: 1.0 - v["teeth"], lambda _: 1.0, 0.86, 0.0013),
        _lip_line(upper_lip=True), _lip_line(upper_lip=False), _tongue_out,
    ]  # fmt: skip
    return sheets


def feature_meshes() -> list[Mesh]:
    """The sheets at rest, each with the displacement of every expression."""
    shapes = {name: face(changes) for name, changes in {**PRESETS, **ARKIT}.items()}
    meshes: list[Mesh] = []
    for build in feature_sheets():
        rest = build(face())
        morphs = {name: build(values).positions - rest.positions for name, values in shapes.items()}
        meshes.append(replace(rest, morphs=morphs))
    return meshes


def with_head_morphs(mesh: Mesh) -> Mesh:
    """The head's skin with the displacement of each expression that moves it."""
    shapes = {name: face(changes) for name, changes in {**PRESETS, **ARKIT}.items()}
    morphs = {name: head_motion(values, mesh.positions) for name, values in shapes.items()}
    return replace(mesh, morphs={name: moved for name, moved in morphs.items() if moved.any()})
